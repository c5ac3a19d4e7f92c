namespace Mesh.Runtime.Model;

/// <summary>Conditions under which an attempt counts as failed and may be repeated, by Envoy's names.</summary>
[Flags]
public enum RetryOn
{
    /// <summary>Nothing is retried.</summary>
    None = 0,

    /// <summary>Any 5xx, and any reset, time-out or connect failure of the attempt. <c>5xx</c></summary>
    ServerError = 1,

    /// <summary>502, 503, 504, and any reset, time-out or connect failure. <c>gateway-error</c></summary>
    GatewayError = 2,

    /// <summary>No response headers at all: reset, time-out, connect failure. <c>reset</c></summary>
    Reset = 4,

    /// <summary>The connection could not be made. <c>connect-failure</c></summary>
    ConnectFailure = 8,

    /// <summary>409. <c>retriable-4xx</c></summary>
    Retriable4xx = 16,

    /// <summary>A status in <see cref="RetryConfig.StatusCodes"/>. Written as the numbers themselves, or as ranges (<c>500-504</c>, Linkerd).</summary>
    StatusCodes = 32,

    /// <summary>The callee refused the stream before it looked at it (HTTP/2 <c>REFUSED_STREAM</c>). <c>refused-stream</c></summary>
    RefusedStream = 64,

    /// <summary>No response headers, and the request had not been sent. <c>reset-before-request</c></summary>
    ResetBeforeRequest = 128,

    /// <summary>An answer that says it was rate limited; without this condition such an answer is never retried. <c>envoy-ratelimited</c></summary>
    RateLimited = 256,

    /// <summary>gRPC status 1 in the response's headers. <c>cancelled</c></summary>
    GrpcCancelled = 512,

    /// <summary>gRPC status 4 in the response's headers. <c>deadline-exceeded</c></summary>
    GrpcDeadlineExceeded = 1024,

    /// <summary>gRPC status 13 in the response's headers. <c>internal</c></summary>
    GrpcInternal = 2048,

    /// <summary>gRPC status 8 in the response's headers. <c>resource-exhausted</c></summary>
    GrpcResourceExhausted = 4096,

    /// <summary>gRPC status 14 in the response's headers. <c>unavailable</c></summary>
    GrpcUnavailable = 8192,

    /// <summary>A response header that <see cref="RetryConfig.RetriableHeaders"/> names. <c>retriable-headers</c></summary>
    RetriableHeaders = 16384,

    /// <summary>HTTP/3 failed after its connection was made. Never met: MeshLab speaks no HTTP/3. <c>http3-post-connect-failure</c></summary>
    Http3PostConnectFailure = 32768,
}

/// <summary>HTTP statuses from one to another, both included.</summary>
/// <param name="From">The lowest.</param>
/// <param name="To">The highest.</param>
public readonly record struct StatusRange(int From, int To)
{
    /// <summary>A single status.</summary>
    public static implicit operator StatusRange(int status) => new(status, status);

    /// <summary>Whether a status is among them.</summary>
    public bool Contains(int status) => status >= From && status <= To;

    /// <inheritdoc/>
    public override string ToString() => From == To ? $"{From}" : $"{From}-{To}";
}
