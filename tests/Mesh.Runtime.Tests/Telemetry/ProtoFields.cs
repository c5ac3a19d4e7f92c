using Google.Protobuf;

namespace Mesh.Runtime.Tests.Telemetry;

/// <summary>A protocol-buffers message by field numbers, as far as the tests read OTLP (opentelemetry-proto 1.x).</summary>
internal sealed class ProtoFields
{
    private readonly List<(int Field, object Value)> _fields = [];

    public ProtoFields(byte[] message)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            object value = WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (ulong)input.ReadFixed32(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                var other => throw new InvalidDataException($"wire type {other}"),
            };
            _fields.Add((WireFormat.GetTagFieldNumber(tag), value));
        }
    }

    public IEnumerable<ProtoFields> Messages(params int[] path) =>
        path.Length == 0 ? [this] : All<byte[]>(path[0]).SelectMany(bytes => new ProtoFields(bytes).Messages(path[1..]));

    public string Text(int field) => System.Text.Encoding.UTF8.GetString(Bytes(field));

    public byte[] Bytes(int field) => All<byte[]>(field).LastOrDefault() ?? [];

    public ulong Number(int field) => All<ulong>(field).LastOrDefault();

    /// <summary>Attributes (KeyValue) in a field: strings, whole numbers.</summary>
    public Dictionary<string, object> Attributes(int field) =>
        Messages(field).ToDictionary(pair => pair.Text(1), pair => pair.Messages(2).Single() is var value && value._fields is [(1, _)] ? (object)value.Text(1) : (long)value.Number(3));

    private IEnumerable<T> All<T>(int field) => _fields.Where(entry => entry.Field == field).Select(entry => entry.Value).OfType<T>();
}
