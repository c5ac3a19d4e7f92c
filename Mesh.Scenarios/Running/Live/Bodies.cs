using System.IO.Pipelines;
using System.Net;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Bytes that fill bodies of a given size.</summary>
internal static class Filling
{
    private static readonly byte[] Block = MakeBlock();

    /// <summary>So many bytes, at most a block: 16 KiB.</summary>
    public static ReadOnlyMemory<byte> UpTo(long bytes) => Block.AsMemory(0, (int)Math.Min(bytes, Block.Length));

    /// <summary>Writes so many bytes, as fast as the reader takes them.</summary>
    public static async Task WriteAsync(PipeWriter writer, long bytes, CancellationToken cancellation)
    {
        while (bytes > 0)
        {
            var part = UpTo(bytes);
            if ((await writer.WriteAsync(part, cancellation).ConfigureAwait(false)).IsCompleted) return;
            bytes -= part.Length;
        }
    }

    private static byte[] MakeBlock()
    {
        var block = new byte[16 << 10];
        "meshlab."u8.CopyTo(block);
        for (int filled = 8; filled < block.Length; filled *= 2) block.AsSpan(0, filled).CopyTo(block.AsSpan(filled));
        return block;
    }
}

/// <summary>A request's body of a given size.</summary>
internal sealed class SizedContent : HttpContent
{
    private readonly long _bytes;

    public SizedContent(long bytes)
    {
        _bytes = bytes;
        Headers.TryAddWithoutValidation("content-type", "application/octet-stream");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (long left = _bytes; left > 0;)
        {
            var part = Filling.UpTo(left);
            await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            left -= part.Length;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _bytes;
        return true;
    }
}
