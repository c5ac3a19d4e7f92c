using System.Buffers;

namespace Mesh.Runtime.Security.Tls;

/// <summary>What a connection's first bytes say of it.</summary>
internal enum Opening
{
    /// <summary>More bytes are needed.</summary>
    Unknown,
    /// <summary>A TLS ClientHello.</summary>
    Tls,
    /// <summary>Anything else.</summary>
    PlainText,
}

/// <summary>Tells TLS from plain text as early as it can: a handshake record (22) of SSL 3 or later (3, x) whose first message is a ClientHello (1), RFC 8446 §5.1 and §4.</summary>
internal static class FirstBytes
{
    private const int MessageType = 5;

    /// <summary>Classifies what has arrived so far.</summary>
    public static Opening Classify(in ReadOnlySequence<byte> arrived)
    {
        Span<byte> first = stackalloc byte[MessageType + 1];
        int length = (int)Math.Min(arrived.Length, first.Length);
        arrived.Slice(0, length).CopyTo(first);
        if (length == 0) return Opening.Unknown;
        if (first[0] != 22 || (length > 1 && first[1] != 3)) return Opening.PlainText;
        if (length <= MessageType) return Opening.Unknown;
        return first[MessageType] == 1 ? Opening.Tls : Opening.PlainText;
    }
}
