namespace Mesh.Runtime.Proxy;

/// <summary>What an answer's headers, or the way it failed, say to those who decide about retries.</summary>
[Flags]
public enum ReplyHints : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The callee's sidecar is overloaded (<c>x-envoy-overloaded</c>): never retried.</summary>
    Overloaded = 1,

    /// <summary>A rate limit refused the request (<c>x-envoy-ratelimited</c>): retried only under <c>envoy-ratelimited</c>.</summary>
    RateLimited = 2,

    /// <summary>The stream was refused before the callee looked at it (HTTP/2 <c>REFUSED_STREAM</c>).</summary>
    RefusedStream = 4,

    /// <summary>The connection broke before the request was sent.</summary>
    BeforeRequest = 8,
}
