namespace Mesh.Runtime.Sidecar;

/// <summary>Counts the messages in a gRPC body by their heads (a flag and four bytes of length), however the bytes are cut; nothing is kept of them.</summary>
internal struct GrpcMessageCount
{
    private const int HeadBytes = 5;
    private long _left;
    private int _head;
    private uint _length;

    /// <summary>Messages whose head has passed.</summary>
    public long Messages { get; private set; }

    /// <summary>The next bytes of the body.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int taken = 1;
            if (_left > 0) _left -= taken = (int)Math.Min(_left, bytes.Length);
            else AddToHead(bytes[0]);
            bytes = bytes[taken..];
        }
    }

    private void AddToHead(byte next)
    {
        if (_head > 0) _length = (_length << 8) | next;
        if (++_head < HeadBytes) return;
        Messages++;
        _left = _length;
        (_head, _length) = (0, 0);
    }
}
