using System.Net;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>A request's body as content of one attempt's message.</summary>
internal sealed class ReplayContent(ReplayBody body) : HttpContent
{
    private volatile AttemptEnd? _watch;
    private int _sent;

    /// <summary>From the answer's headers on, what is still sent counts as life of the stream.</summary>
    public void Watch(AttemptEnd end) => _watch = end;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // SocketsHttpHandler repeats by itself what HTTP/2 says was not processed. Whether a request is repeated is the mesh's decision.
        if (Interlocked.Exchange(ref _sent, 1) == 1) throw new HttpProtocolException(UpstreamErrors.RefusedStream, "the stream was refused", innerException: null);
        return body.SendAsync(stream, () => _watch?.Passed(0), cancellationToken);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;   // a length that the client gave stands in the headers
    }
}
