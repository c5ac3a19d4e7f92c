using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>A JSON document on a line of its own. One writer, used again for each line.</summary>
internal sealed class JsonLine
{
    private static readonly LogTime Format = new(LogTime.Default, out _);
    private readonly ArrayBufferWriter<byte> _time = new(LogTime.Default.Length);
    private readonly Utf8JsonWriter _json;

    public JsonLine()
    {
        // Control characters and quotes are escaped, letters of all scripts are left as they are.
        _json = new Utf8JsonWriter(_time, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public Utf8JsonWriter Begin(IBufferWriter<byte> output)
    {
        _json.Reset(output);
        _json.WriteStartObject();
        return _json;
    }

    public void Time(string name, DateTimeOffset time)
    {
        _time.ResetWrittenCount();
        Format.Write(time, _time);
        _json.WriteString(name, _time.WrittenSpan);
    }

    public void End(IBufferWriter<byte> output)
    {
        _json.WriteEndObject();
        _json.Flush();
        output.Write("\n"u8);
    }
}
