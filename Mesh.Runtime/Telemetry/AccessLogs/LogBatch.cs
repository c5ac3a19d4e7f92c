using System.Buffers;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>Written requests on their way to a sink. One object, filled again and again by the one writer.</summary>
internal sealed class LogBatch
{
    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 16);
    private readonly List<(int Start, DateTimeOffset Time)> _entries = [];

    public int Count => _entries.Count;

    /// <summary>All of them, one after the other.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>One of them.</summary>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            int end = index + 1 < _entries.Count ? _entries[index + 1].Start : _bytes.WrittenCount;
            return _bytes.WrittenMemory[_entries[index].Start..end];
        }
    }

    /// <summary>When the request of one of them came.</summary>
    public DateTimeOffset TimeOf(int index) => _entries[index].Time;

    public void Add(RequestFacts facts, ILogFormat format)
    {
        _entries.Add((_bytes.WrittenCount, facts.Started));
        format.Write(facts, _bytes);
    }

    public void Clear()
    {
        _entries.Clear();
        _bytes.ResetWrittenCount();
    }
}
