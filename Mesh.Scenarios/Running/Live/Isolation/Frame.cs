using System.Buffers.Binary;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>What a frame between the runner and one of its processes holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>A <see cref="Message"/> in JSON.</summary>
    Message = 1,

    /// <summary>Decisions of a sidecar, as they lie in memory: both ends are the same program.</summary>
    Events = 2,

    /// <summary>Whole lines for standard output.</summary>
    Lines = 3,
}

/// <summary>A frame on a pipe: four bytes with the length of what it holds (little-endian), one with its kind, and what it holds.</summary>
internal static class Frame
{
    /// <summary>Bytes before what it holds.</summary>
    public const int HeadBytes = 5;

    /// <summary>The most that it may hold: a scenario of a hundred thousand lines is a tenth of it.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>The frame as bytes.</summary>
    /// <exception cref="InvalidDataException">It is too large.</exception>
    public static byte[] Encode(FrameKind kind, ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxBytes) throw new InvalidDataException($"a frame of {content.Length} bytes; {MaxBytes} are allowed.");
        byte[] frame = new byte[HeadBytes + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        frame[4] = (byte)kind;
        content.CopyTo(frame.AsSpan(HeadBytes));
        return frame;
    }
}

/// <summary>Reads frames from a pipe, on one thread, which waits for them.</summary>
/// <param name="stream">The pipe.</param>
internal sealed class FrameReader(Stream stream)
{
    private readonly byte[] _head = new byte[Frame.HeadBytes];
    private byte[] _content = new byte[4096];

    /// <summary>The next frame; false where the pipe ends instead.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="content">What it holds, until the next is read.</param>
    /// <exception cref="EndOfStreamException">The pipe ends within a frame.</exception>
    /// <exception cref="InvalidDataException">What comes is no frame.</exception>
    public bool TryRead(out FrameKind kind, out ReadOnlySpan<byte> content)
    {
        kind = default;
        content = default;
        int first = stream.ReadAtLeast(_head, Frame.HeadBytes, throwOnEndOfStream: false);
        if (first == 0) return false;
        if (first < Frame.HeadBytes) throw new EndOfStreamException("the pipe ends within the head of a frame.");
        int length = BinaryPrimitives.ReadInt32LittleEndian(_head);
        kind = (FrameKind)_head[4];
        if (kind is < FrameKind.Message or > FrameKind.Lines) throw new InvalidDataException($"a frame of kind {_head[4]}; there is none. Something else was written into the pipe.");
        if (length is < 0 or > Frame.MaxBytes) throw new InvalidDataException($"a frame of {length} bytes; {Frame.MaxBytes} are allowed.");
        if (length > _content.Length) _content = new byte[Math.Max(length, Math.Min(2 * _content.Length, Frame.MaxBytes))];
        stream.ReadExactly(_content, 0, length);
        content = _content.AsSpan(0, length);
        return true;
    }
}
