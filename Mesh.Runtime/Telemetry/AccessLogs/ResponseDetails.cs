namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>What the response's status comes from, in Envoy's words (<c>%RESPONSE_CODE_DETAILS%</c>, <c>envoy/stream_info/stream_info.h</c>), as far as the flags tell.</summary>
internal static class ResponseDetails
{
    private static readonly (ResponseFlags Flag, string Details)[] Local =
    [
        (ResponseFlags.DC, "downstream_remote_disconnect"),
        (ResponseFlags.NR, "route_not_found"),
        (ResponseFlags.UH, "no_healthy_upstream"),
        (ResponseFlags.FI, "fault_filter_abort"),
        (ResponseFlags.RL, "local_rate_limited"),
        (ResponseFlags.UAEX, "rbac_access_denied_matched_policy[none]"),
        (ResponseFlags.DO, "drop_overload"),
        (ResponseFlags.OM, "overload"),
        (ResponseFlags.CO, "circuit_breaker_open"),
        (ResponseFlags.UT, "response_timeout"),
        (ResponseFlags.SI, "stream_idle_timeout"),
        (ResponseFlags.UF, "upstream_reset_before_response_started{connection_failure}"),
        (ResponseFlags.UC, "upstream_reset_before_response_started{connection_termination}"),
        (ResponseFlags.UR, "upstream_reset_before_response_started{remote_reset}"),
        (ResponseFlags.LR, "upstream_reset_before_response_started{local_reset}"),
        (ResponseFlags.UO, "upstream_reset_before_response_started{overflow}"),
    ];

    /// <summary>The details; <c>null</c> for plain TCP.</summary>
    public static string? Of(RequestFacts facts)
    {
        if (facts.Method is null) return null;
        foreach (var (flag, details) in Local)
        {
            if ((facts.Flags & flag) != 0 && !(flag == ResponseFlags.UO && facts.UpstreamServiceTime is not null)) return details;
        }
        return "via_upstream";
    }
}
