namespace Mesh.Runtime.Telemetry;

/// <summary>Why an answer is what it is: Envoy's response flags, in its two- to four-letter names. Several may stand together.</summary>
[Flags]
public enum ResponseFlags
{
    /// <summary>Nothing to say: the upstream answered.</summary>
    None = 0,

    /// <summary>Upstream overflow: a cap of <c>limits</c> refused the request (503).</summary>
    UO = 1 << 0,

    /// <summary>No healthy upstream: the service has no endpoint (503).</summary>
    UH = 1 << 1,

    /// <summary>The upstream connection could not be made (503).</summary>
    UF = 1 << 2,

    /// <summary>The upstream connection ended before the response did (503).</summary>
    UC = 1 << 3,

    /// <summary>The limit of retries was reached, and the last attempt failed too.</summary>
    URX = 1 << 4,

    /// <summary>Upstream request time-out: an attempt's or the total deadline passed (504).</summary>
    UT = 1 << 5,

    /// <summary>Rate limited (429).</summary>
    RL = 1 << 6,

    /// <summary>A delay was injected.</summary>
    DI = 1 << 7,

    /// <summary>An abort was injected.</summary>
    FI = 1 << 8,

    /// <summary>No route: the mesh knows no such service (404).</summary>
    NR = 1 << 9,

    /// <summary>Refused by authorization.</summary>
    UAEX = 1 << 10,

    /// <summary>The caller gave up before the answer came.</summary>
    DC = 1 << 11,

    /// <summary>Reset on this side (503).</summary>
    LR = 1 << 12,

    /// <summary>Reset by the upstream (503).</summary>
    UR = 1 << 13,

    /// <summary>Circuit open: the breaker of this proxy and service refused the attempt (503). MeshLab's own flag; Envoy has no such breaker.</summary>
    CO = 1 << 14,

    /// <summary>Dropped because of overload: the caller's sidecar refused the request by admission control or throttling (503).</summary>
    DO = 1 << 15,

    /// <summary>Overload manager: the callee's sidecar refused the request, by its concurrency limit or its load shedding (503).</summary>
    OM = 1 << 16,

    /// <summary>Stream idle time-out: the response's body stood still too long (504, or broken off).</summary>
    SI = 1 << 17,

    /// <summary>Rate limit service error: the control plane did not decide on a global limit in time, and the policy refuses then (500).</summary>
    RLSE = 1 << 18,
}

/// <summary>Flags as operators read them.</summary>
public static class ResponseFlagsFormat
{
    /// <summary>The flags joined by commas, <c>UT,URX</c>; <c>-</c> for none, as in Envoy's access log.</summary>
    public static string ToEnvoyText(this ResponseFlags flags) => flags == ResponseFlags.None ? "-" : flags.ToString().Replace(", ", ",", StringComparison.Ordinal);
}
