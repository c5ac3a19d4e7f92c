namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>Bytes that faults hold back, first in, first out. How many there may be is decided by whoever adds them.</summary>
internal sealed class HeldBytes
{
    private byte[] _bytes = [];
    private int _start;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_start + Count + bytes.Length > _bytes.Length) MakeRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_start + Count));
        Count += bytes.Length;
    }

    /// <summary>Takes the first bytes.</summary>
    public void Take(Span<byte> target)
    {
        _bytes.AsSpan(_start, target.Length).CopyTo(target);
        Skip(target.Length);
    }

    /// <summary>Drops the first bytes.</summary>
    public void Skip(int count)
    {
        _start += count;
        Count -= count;
        if (Count == 0) (_start, _bytes) = (0, []);
    }

    private void MakeRoom(int more)
    {
        byte[] larger = Count + more > _bytes.Length ? new byte[Math.Max(2 * _bytes.Length, Count + more)] : _bytes;
        _bytes.AsSpan(_start, Count).CopyTo(larger);
        (_bytes, _start) = (larger, 0);
    }
}
