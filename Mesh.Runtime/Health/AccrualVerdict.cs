using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>What an attempt's end means to failure accrual, as Linkerd classifies it.</summary>
internal enum AccrualVerdict
{
    /// <summary>It says nothing about the endpoint: given up, or refused by this proxy.</summary>
    None,
    /// <summary>Success.</summary>
    Success,
    /// <summary>429 or gRPC's RESOURCE_EXHAUSTED: a failure to the success rate only.</summary>
    Limited,
    /// <summary>A gRPC status that is not OK and no failure: a success, but not to a request on probation where the success rate counts.</summary>
    NotOk,
    /// <summary>Failure: a 5xx, a failed connection, a reset, a time-out of any kind, or gRPC's UNKNOWN, UNAVAILABLE, INTERNAL, DATA_LOSS, DEADLINE_EXCEEDED, PERMISSION_DENIED.</summary>
    Failure,
}

/// <summary>
/// Linkerd's classification, read in linkerd2-proxy of August 2026: <c>classify::Response</c> with the default ranges and codes of its client policy. The gate that feeds the breaker stands around the
/// endpoint with its time-outs (<c>EnforceTimeouts</c>), so that each of them (headers, response, idle, the request's own deadline) ends as an error, which is a failure.
/// A caller that goes away before the headers says nothing.
/// </summary>
internal static class AccrualClassification
{
    private const ResponseFlags Broken = ResponseFlags.UF | ResponseFlags.UC | ResponseFlags.UR | ResponseFlags.UT | ResponseFlags.SI;
    private const ResponseFlags Refused = ResponseFlags.UO | ResponseFlags.CO | ResponseFlags.UH | ResponseFlags.DO;

    /// <summary>The verdict of an attempt's end.</summary>
    public static AccrualVerdict Of(in AttemptSample sample)
    {
        if ((sample.Flags & Refused) != 0) return AccrualVerdict.None;
        if ((sample.Flags & Broken) != 0 || sample.Status is >= 500 and < 600) return AccrualVerdict.Failure;
        if (sample.Status == 0) return AccrualVerdict.None;
        if (sample.Status == 429) return AccrualVerdict.Limited;
        return sample.GrpcStatus switch
        {
            < 1 => AccrualVerdict.Success,
            2 or 4 or 7 or 13 or 14 or 15 => AccrualVerdict.Failure,
            8 => AccrualVerdict.Limited,
            _ => AccrualVerdict.NotOk,
        };
    }
}
