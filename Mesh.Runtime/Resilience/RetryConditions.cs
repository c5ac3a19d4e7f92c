using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Resilience;

/// <summary>What is known of an answer when a retry is decided: at its headers, or at what came instead.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Flags">Why.</param>
/// <param name="GrpcStatus">The gRPC status in the headers; 0 or -1 for none. Envoy cannot see one that comes in trailers.</param>
/// <param name="Hints">What else the headers say.</param>
/// <param name="Headers">The headers; <c>null</c> for none.</param>
internal readonly record struct ReplyFacts(int Status, ResponseFlags Flags, int GrpcStatus, ReplyHints Hints, IReadOnlyList<KeyValuePair<string, string>>? Headers = null);

/// <summary>
/// Which answers are worth another attempt: Envoy's <c>retry_on</c>. <c>http3-post-connect-failure</c> is never met: MeshLab speaks no HTTP/3.
/// </summary>
internal static class RetryConditions
{
    /// <summary>No response headers came: reset, time-out of the attempt, or no connection.</summary>
    private const ResponseFlags NoHeaders = ResponseFlags.UF | ResponseFlags.UC | ResponseFlags.UR | ResponseFlags.LR | ResponseFlags.UT;

    /// <summary>Refusals of this proxy and give-ups of the caller; Envoy never retries an overflow, and a retry would not find a closed breaker.</summary>
    private const ResponseFlags Never =
        ResponseFlags.UO | ResponseFlags.CO | ResponseFlags.DO | ResponseFlags.DC | ResponseFlags.NR | ResponseFlags.UH;

    /// <summary>Whether an answer meets one of the policy's conditions. That the total time is not up is the pipeline's to know.</summary>
    public static bool IsRetriable(RetryConfig policy, in ReplyFacts reply)
    {
        if ((reply.Flags & Never) != 0 || (reply.Hints & ReplyHints.Overloaded) != 0) return false;
        return (reply.Flags & NoHeaders) != 0 ? AfterReset(policy.On, reply) : AfterHeaders(policy, reply);
    }

    /// <summary>Whether a request can be repeated at all: its body was kept, and its method may be.</summary>
    public static bool IsRepeatable(RetryConfig policy, MeshRequest request) =>
        request.BodyBytes <= policy.MaxBodyBytes && (!policy.IdempotentOnly || IsIdempotent(request.Method));

    /// <summary>Whether doing it twice is as good as once (RFC 9110, 9.2.2).</summary>
    public static bool IsIdempotent(string method) => method is "GET" or "HEAD" or "OPTIONS" or "TRACE" or "PUT" or "DELETE";

    private static bool AfterReset(RetryOn on, in ReplyFacts reply)
    {
        if ((on & (RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)) != 0) return true;
        bool noConnection = (reply.Flags & ResponseFlags.UF) != 0;
        if ((on & RetryOn.ConnectFailure) != 0 && noConnection) return true;
        if ((on & RetryOn.RefusedStream) != 0 && (reply.Hints & ReplyHints.RefusedStream) != 0) return true;
        return (on & RetryOn.ResetBeforeRequest) != 0 && (noConnection || (reply.Hints & ReplyHints.BeforeRequest) != 0);
    }

    private static bool AfterHeaders(RetryConfig policy, in ReplyFacts reply)
    {
        var on = policy.On;
        if ((reply.Hints & ReplyHints.RateLimited) != 0) return (on & RetryOn.RateLimited) != 0;   // whatever else it meets
        int status = reply.Status;
        if ((on & RetryOn.ServerError) != 0 && status is >= 500 and < 600) return true;
        if ((on & RetryOn.GatewayError) != 0 && status is 502 or 503 or 504) return true;
        if ((on & RetryOn.Retriable4xx) != 0 && status == 409) return true;
        if ((on & RetryOn.StatusCodes) != 0 && Listed(policy.StatusCodes, status)) return true;
        if ((on & RetryOn.RetriableHeaders) != 0 && policy.RetriableHeaders.Any(reply.Headers ?? [])) return true;
        return (on & GrpcCondition(reply.GrpcStatus)) != 0;
    }

    private static bool Listed(ValueList<StatusRange> codes, int status)
    {
        for (int i = 0; i < codes.Count; i++)
        {
            if (codes[i].Contains(status)) return true;
        }
        return false;
    }

    private static RetryOn GrpcCondition(int status) => status switch
    {
        1 => RetryOn.GrpcCancelled,
        4 => RetryOn.GrpcDeadlineExceeded,
        8 => RetryOn.GrpcResourceExhausted,
        13 => RetryOn.GrpcInternal,
        14 => RetryOn.GrpcUnavailable,
        _ => RetryOn.None,
    };
}
