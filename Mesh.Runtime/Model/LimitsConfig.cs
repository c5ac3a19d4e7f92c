namespace Mesh.Runtime.Model;

/// <summary>
/// Caps of one proxy towards one service (Envoy's circuit-breaker thresholds). They are per proxy:
/// the mesh-wide ceiling is the cap times the number of calling proxies.
/// </summary>
public sealed record LimitsConfig
{
    /// <summary>Requests in progress; one more is refused at once with 503 <c>UO</c>. Default: no cap.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Connections; at the cap a request waits for one to come free. Soft as in Envoy: an endpoint without any may always open one. Default: no cap.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>
    /// Requests that wait for a connection at the cap; one more is refused with 503 <c>UO</c>. Default 1024 (Envoy).
    /// Unlike in Envoy, where 0 refuses the very first request, a request that may open a connection of its own does not count.
    /// </summary>
    public int? MaxPendingRequests { get; init; }

    /// <summary>Retries under way at once, back-offs included; one more is not made. A retry budget takes its place. Default: no cap (Envoy's own is 3, which its profile sets).</summary>
    public int? MaxRetries { get; init; }

    /// <summary>How long an attempt waits for a new connection, TLS included, before it fails with 503 <c>UF</c>. Default 5 s (Envoy's <c>connect_timeout</c>; Istio sets 10 s).</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>How long an idle connection is kept. Default 1 h (Envoy).</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>These limits, with what they leave open taken from <paramref name="lower"/>.</summary>
    internal LimitsConfig Over(LimitsConfig lower) => new()
    {
        MaxRequests = MaxRequests ?? lower.MaxRequests,
        MaxConnections = MaxConnections ?? lower.MaxConnections,
        MaxPendingRequests = MaxPendingRequests ?? lower.MaxPendingRequests,
        MaxRetries = MaxRetries ?? lower.MaxRetries,
        ConnectTimeout = ConnectTimeout ?? lower.ConnectTimeout,
        IdleTimeout = IdleTimeout ?? lower.IdleTimeout,
    };
}
