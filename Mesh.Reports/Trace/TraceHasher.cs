using System.Buffers.Binary;
using System.IO.Hashing;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Trace;

/// <summary>
/// The trace hash: XxHash128 over every decision in order, each as 45 bytes, little endian: tick (8), sequence (8), proxy (4), request (8),
/// attempt (4), kind (1), endpoint (4), outcome (4), flags (4). The sequence is the decision's running number from 0.
/// What a decision is <em>about</em> (names, bytes, durations) follows from these and is left out.
/// </summary>
public sealed class TraceHasher : IMeshEvents
{
    private const int EntrySize = 45;

    private readonly XxHash128 _hash = new();
    private readonly byte[] _buffer = new byte[EntrySize * 128];
    private int _used;
    private long _sequence;

    /// <summary>Decisions hashed so far.</summary>
    public long Decisions => _sequence;

    /// <inheritdoc/>
    public void On(in MeshEvent e) => Append(e.At, e.Proxy, e.Request, e.Attempt, e.Kind, e.Endpoint, e.Outcome, e.Flags);

    /// <summary>The hash of what was seen so far, 32 hexadecimal digits. More may follow.</summary>
    public string Hash()
    {
        Flush();
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }

    internal void Append(long at, int proxy, ulong request, int attempt, MeshEventKind kind, int endpoint, int outcome, ResponseFlags flags)
    {
        if (_used == _buffer.Length) Flush();
        var entry = _buffer.AsSpan(_used, EntrySize);
        BinaryPrimitives.WriteInt64LittleEndian(entry, at);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], _sequence);
        BinaryPrimitives.WriteInt32LittleEndian(entry[16..], proxy);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[20..], request);
        BinaryPrimitives.WriteInt32LittleEndian(entry[28..], attempt);
        entry[32] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(entry[33..], endpoint);
        BinaryPrimitives.WriteInt32LittleEndian(entry[37..], outcome);
        BinaryPrimitives.WriteInt32LittleEndian(entry[41..], (int)flags);
        _used += EntrySize;
        _sequence++;
    }

    private void Flush()
    {
        _hash.Append(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
