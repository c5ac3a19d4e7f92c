using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>The endpoints of one priority: those that may be picked now, as a whole and, where zones have shares of their own, by zone.</summary>
internal sealed class PriorityLevel(EndpointSelector owner)
{
    private readonly CandidateSet _set = new(owner);
    private CandidateSet? _degradedSet;
    private Zone[] _zones = [];
    private Endpoint[] _healthy = [];
    private Endpoint[] _degraded = [];
    private bool _panics;
    private IZoneChoice? _choice;
    private bool _zoneAware;
    private bool _hasLocal;

    /// <summary>All endpoints, in order of their ids.</summary>
    public Endpoint[] All { get; private set; } = [];

    /// <summary>How many of them are healthy, and not degraded.</summary>
    public int Healthy => _healthy.Length;

    /// <summary>How many of them are degraded.</summary>
    public int Degraded => _degraded.Length;

    /// <summary>The routing between zones, for tests; <c>null</c> when there is none.</summary>
    public IZoneChoice? ZoneChoice => _choice;

    /// <summary>Takes over the endpoints; <see cref="FindHealthy"/> and <see cref="Settle"/> follow.</summary>
    /// <param name="all">The endpoints.</param>
    /// <param name="isFirst">Whether this is the first priority: the only one with zone-aware routing, as in Envoy.</param>
    public void Arrange(Endpoint[] all, bool isFirst)
    {
        All = all;
        var locality = owner.Model.Policy.Config.Locality;
        string own = owner.Local.Zone;
        _zoneAware = isFirst && locality is { ZoneAware: true };
        if (!_zoneAware && owner.Shares is null)
        {
            _zones = [];
            return;
        }
        var old = _zones;
        _zones = [.. all.GroupBy(endpoint => endpoint.Zone, StringComparer.Ordinal)
            .OrderBy(group => group.Key == own ? 0 : 1).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new Zone(group.Key, [.. group], Array.Find(old, zone => zone.Name == group.Key)?.Set ?? new CandidateSet(owner)))];
        _hasLocal = _zones.Length > 0 && _zones[0].Name == own;
    }

    /// <summary>Looks who is healthy, and who is degraded.</summary>
    public void FindHealthy()
    {
        _healthy = HealthyOf(All);
        _degraded = _healthy.Length == All.Length ? [] : Array.FindAll(All, IsDegraded);
        foreach (var zone in _zones) zone.Healthy = _healthy.Length == All.Length ? zone.All : HealthyOf(zone.All);
    }

    /// <summary>Settles who may be picked.</summary>
    /// <param name="panics">Whether health is ignored.</param>
    public void Settle(bool panics)
    {
        _panics = panics;
        _set.Offer(panics ? All : _healthy);
        if (_degraded.Length > 0) _degradedSet ??= new CandidateSet(owner);
        _degradedSet?.Offer(_degraded);
        _choice = panics ? null : _zoneAware ? RouteZones() : WeighZones();
        if (_choice is null) return;
        foreach (var zone in _zones) zone.Set.Offer(zone.Healthy);
    }

    /// <summary>The candidates for a request: those of a zone, or all.</summary>
    /// <param name="degraded">Whether the degraded endpoints are meant; zones do not count among them.</param>
    /// <param name="hasHash">Whether the request has an affinity hash; callers in different zones then agree on its endpoint, and zone-aware routing stays out of it, as in Envoy.</param>
    /// <param name="places">The request's draws for its zone.</param>
    public CandidateSet Choose(bool degraded, bool hasHash, ref DrawSequence places)
    {
        if (degraded && !_panics) return _degradedSet!;
        if (_choice is null || (_zoneAware && hasHash)) return _set;
        var zone = _zones[_choice.Choose(ref places)].Set;
        return zone.Members.Length > 0 ? zone : _set;
    }

    private ZoneRouting? RouteZones()
    {
        var local = owner.Local;
        if (_zones.Length < 2 || local.Zones < 2 || local.CountIn(local.Zone) == 0) return null;
        if (_healthy.Length < owner.Model.Policy.Config.Locality!.MinClusterSize) return null;
        Span<int> callers = stackalloc int[_zones.Length], healthy = stackalloc int[_zones.Length];
        for (int i = 0; i < _zones.Length; i++)
        {
            callers[i] = local.CountIn(_zones[i].Name);
            healthy[i] = _zones[i].Healthy.Length;
        }
        return ZoneRouting.Between(callers, local.Size, healthy, _hasLocal);
    }

    private ZoneWeights? WeighZones()
    {
        if (owner.Shares is not { } shares) return null;
        double factor = owner.Model.Policy.Config.Locality!.OverprovisioningFactor;
        Span<double> weights = stackalloc double[_zones.Length];
        for (int i = 0; i < _zones.Length; i++)
            weights[i] = ZoneWeights.Effective(shares.GetValueOrDefault(_zones[i].Name), _zones[i].Healthy.Length, _zones[i].All.Length, factor);
        return ZoneWeights.Of(weights);
    }

    /// <summary>The healthy ones; the same array where all are.</summary>
    private Endpoint[] HealthyOf(Endpoint[] all)
    {
        if (owner.States.HealthVersion == 0) return all;
        int unhealthy = 0;
        foreach (var endpoint in all)
        {
            if (!IsHealthy(endpoint)) unhealthy++;
        }
        return unhealthy == 0 ? all : Array.FindAll(all, IsHealthy);
    }

    private bool IsHealthy(Endpoint endpoint) => owner.States.FindHealth(endpoint.Id) is not ({ IsHealthy: false } or { Degraded: true });

    private bool IsDegraded(Endpoint endpoint) => owner.States.FindHealth(endpoint.Id) is { IsHealthy: true, Degraded: true };

    private sealed class Zone(string name, Endpoint[] all, CandidateSet set)
    {
        public string Name => name;

        public Endpoint[] All => all;

        public CandidateSet Set => set;

        public Endpoint[] Healthy { get; set; } = [];
    }
}
