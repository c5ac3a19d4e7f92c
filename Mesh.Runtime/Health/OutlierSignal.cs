using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>What an attempt's end means to outlier detection, as Envoy's router reports it.</summary>
/// <param name="Answered">The status that the endpoint itself answered with, or 0. A gRPC status stands as the HTTP status that Envoy maps it to.</param>
/// <param name="Failure">The status that a failure of this side counts as (503 for no connection and for a reset, 504 for a time-out), or 0.</param>
/// <param name="Connected">Whether the attempt had its connection.</param>
internal readonly record struct OutlierSignal(int Answered, int Failure, bool Connected)
{
    private const ResponseFlags Broken = ResponseFlags.UF | ResponseFlags.UC | ResponseFlags.UR;

    /// <summary>This proxy's own refusals: they say nothing about the endpoint.</summary>
    private const ResponseFlags Refused = ResponseFlags.UO | ResponseFlags.CO | ResponseFlags.UH | ResponseFlags.DO;

    /// <summary>The signal of an attempt, or <c>null</c> when it says nothing about its endpoint.</summary>
    public static OutlierSignal? Of(in AttemptSample sample)
    {
        var flags = sample.Flags;
        if (sample.Status == 0 && (flags & (Broken | ResponseFlags.UT)) == 0) return null;
        if ((flags & Refused) != 0) return null;
        bool broken = (flags & Broken) != 0, late = (flags & ResponseFlags.UT) != 0;
        // Headers may have come before the body broke off: then the endpoint's own status stands beside the failure.
        int answered = (broken || late) && sample.Status >= 500 ? 0 : GrpcStatuses.Effective(sample.Status, sample.GrpcStatus);
        int failure = broken ? 503 : late && answered == 0 ? 504 : 0;
        return new OutlierSignal(answered, failure, (flags & ResponseFlags.UF) == 0);
    }
}
