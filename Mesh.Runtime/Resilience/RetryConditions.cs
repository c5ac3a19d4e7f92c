using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Resilience;

/// <summary>Which answers are worth another attempt: Envoy's <c>retry_on</c>.</summary>
internal static class RetryConditions
{
    /// <summary>No response headers came: reset, time-out of the attempt, or no connection.</summary>
    private const ResponseFlags NoHeaders = ResponseFlags.UF | ResponseFlags.UC | ResponseFlags.UR | ResponseFlags.LR | ResponseFlags.UT;

    /// <summary>Refusals of this proxy and give-ups of the caller; Envoy never retries an overflow, and a retry would not find a closed breaker.</summary>
    private const ResponseFlags Never = ResponseFlags.UO | ResponseFlags.CO | ResponseFlags.DC | ResponseFlags.NR | ResponseFlags.UH;

    /// <summary>Whether an answer meets one of the policy's conditions.</summary>
    public static bool IsRetriable(RetryConfig policy, int status, ResponseFlags flags)
    {
        if ((flags & Never) != 0) return false;
        bool noHeaders = (flags & NoHeaders) != 0;
        var on = policy.On;
        if ((on & RetryOn.ServerError) != 0 && (noHeaders || status >= 500)) return true;
        if ((on & RetryOn.GatewayError) != 0 && (noHeaders || status is 502 or 503 or 504)) return true;
        if ((on & RetryOn.Reset) != 0 && noHeaders) return true;
        if ((on & RetryOn.ConnectFailure) != 0 && (flags & ResponseFlags.UF) != 0) return true;
        if ((on & RetryOn.Retriable4xx) != 0 && status == 409) return true;
        return (on & RetryOn.StatusCodes) != 0 && !noHeaders && policy.StatusCodes.Contains(status);
    }
}
