using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>What it means that no answer came.</summary>
internal static class UpstreamErrors
{
    /// <summary>HTTP/2's word for a stream that was not looked at (RFC 9113, 7).</summary>
    public const long RefusedStream = 7;

    /// <summary>Whether a client may fail like that; anything else is a bug.</summary>
    public static bool IsExpected(Exception error) => error is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The answer that takes its place.</summary>
    public static UpstreamReply Reply(Exception error)
    {
        bool connect = error is OperationCanceledException   // the connect time-out: whoever else cancels is asked before
            or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError };
        if (connect) return UpstreamReply.ConnectFailure;
        bool stream = error.InnerException is HttpProtocolException;   // HTTP/2 ended the stream, not the connection
        return new UpstreamReply(503, stream ? ResponseFlags.UR : ResponseFlags.UC, 0, Complete: true)
        {
            Hints = error.InnerException is HttpProtocolException { ErrorCode: RefusedStream } ? ReplyHints.RefusedStream : ReplyHints.None,
        };
    }
}
