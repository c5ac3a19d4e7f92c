using System.Buffers;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>A stream's bytes from some position on, as many as a bound allows, in segments that are rented. Used under its owner's lock.</summary>
/// <param name="limit">Bytes that are kept at most.</param>
internal sealed class ReplayBuffer(int limit)
{
    /// <summary>Bytes of a segment; no copy is longer.</summary>
    public const int SegmentBytes = 16 * 1024;

    private readonly Queue<byte[]> _segments = new();
    private byte[] _last = [];

    /// <summary>Where the kept bytes begin: above 0 when the first ones have been dropped.</summary>
    public long Start { get; private set; }

    /// <summary>Where they end: all that came.</summary>
    public long End { get; private set; }

    /// <summary>Whether nothing more is taken until something is dropped.</summary>
    public bool IsFull => End - Start >= limit;

    /// <summary>Takes bytes, as many as there is room for.</summary>
    /// <returns>How many.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        int offset = (int)(End % SegmentBytes);
        if (offset == 0 || _segments.Count == 0) _segments.Enqueue(_last = ArrayPool<byte>.Shared.Rent(SegmentBytes));
        int count = (int)Math.Min(Math.Min(SegmentBytes - offset, bytes.Length), limit - (End - Start));
        bytes[..count].CopyTo(_last.AsSpan(offset));
        End += count;
        return count;
    }

    /// <summary>Copies what is here from a position on, a segment's at most; 0 when there is nothing yet.</summary>
    public int Copy(long position, Span<byte> target)
    {
        int offset = (int)(position % SegmentBytes);
        int count = (int)Math.Min(target.Length, Math.Min(End - position, SegmentBytes - offset));
        if (count <= 0) return 0;
        int segment = (int)((position / SegmentBytes) - (Start / SegmentBytes));
        foreach (byte[] bytes in _segments)
        {
            if (segment-- > 0) continue;
            bytes.AsSpan(offset, count).CopyTo(target);
            return count;
        }
        return 0;
    }

    /// <summary>All that is kept.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[End - Start];
        for (long at = Start; at < End;) at += Copy(at, all.AsSpan((int)(at - Start)));
        return all;
    }

    /// <summary>Drops what comes before a position.</summary>
    public void DropTo(long position)
    {
        while (_segments.Count > 0 && (Start / SegmentBytes * SegmentBytes) + SegmentBytes <= position)
        {
            ArrayPool<byte>.Shared.Return(_segments.Dequeue());
            Start = ((Start / SegmentBytes) + 1) * SegmentBytes;
        }
        Start = Math.Max(Start, position);
    }

    /// <summary>Gives all segments back. Nothing is kept from now on.</summary>
    public void Release()
    {
        while (_segments.TryDequeue(out byte[]? bytes)) ArrayPool<byte>.Shared.Return(bytes);
        Start = End;
    }
}
