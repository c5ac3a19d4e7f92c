namespace Mesh.Runtime.Model;

/// <summary>
/// Which zones a pick may go to. <see cref="ZoneAware"/>, <see cref="Failover"/> and <see cref="Distribute"/> exclude each other, as in Envoy and Istio;
/// <see cref="Priorities"/> excludes <see cref="Failover"/>.
/// </summary>
public sealed record LocalityConfig
{
    /// <summary>The key of <see cref="Failover"/> for callers in a zone that has no entry of its own.</summary>
    public const string AnyZone = "*";

    /// <summary>Whether requests stay in the caller's zone as far as that leaves all endpoints equally loaded (Envoy's <c>zone_aware_lb_config</c>). Default: false.</summary>
    public bool ZoneAware { get; init; }

    /// <summary>Healthy endpoints below which <see cref="ZoneAware"/> does nothing, 0 or more. Default 6 (Envoy's <c>min_cluster_size</c>).</summary>
    public int MinClusterSize { get; init; } = 6;

    /// <summary>
    /// By the caller's zone, the zones that stand in for it, in order: its own zone is priority 0, then these, then all others together
    /// (Istio's locality failover). <c>null</c>: no failover.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Failover { get; init; }

    /// <summary>Groups of zones by priority, the same for every caller (Envoy's <c>priority</c>); unnamed zones come last together. <c>null</c>: none.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Priorities { get; init; }

    /// <summary>
    /// By how much a priority or zone is larger than it needs to be: it keeps all of its load while its healthy share times this is 1 or more.
    /// From 1 to 10. Default 1.4 (Envoy's <c>overprovisioning_factor</c> of 140).
    /// </summary>
    public double OverprovisioningFactor { get; init; } = 1.4;

    /// <summary>
    /// By the caller's zone, the shares of its requests by the callee's zone; each caller's add up to 1, and a zone not named gets none
    /// (Istio's <c>distribute</c>). A caller whose zone has no entry treats all alike. <c>null</c>: none.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>? Distribute { get; init; }
}
