using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// Stands between a service's endpoints and the balancer: which of them a pick may go to. Outermost first: subset, this proxy's part (subsetting), priority, zone,
/// health or panic; the balancer picks among what is left, and again where the pick had been tried before. Called under its service's lock.
/// </summary>
internal sealed class EndpointSelector
{
    private readonly BalancerContext _context;
    private readonly Dictionary<string, EndpointPool> _subsets = new(StringComparer.Ordinal);
    private EndpointPool _whole;
    private bool _reportedPanic;

    /// <summary>The selector of one proxy for one service.</summary>
    /// <param name="context">What its balancers are made from; their settings are those of the policy of the moment.</param>
    /// <param name="states">What the proxy knows about the service's endpoints.</param>
    /// <param name="model">The service.</param>
    /// <param name="local">The service whose calls the proxy sends.</param>
    public EndpointSelector(BalancerContext context, EndpointStates states, ServiceModel model, LocalCluster local)
    {
        _context = context;
        States = states;
        Model = model;
        Local = local;
        _whole = new EndpointPool(this, null);
        Resolve();
    }

    /// <summary>How often candidate lists had to be made again, for tests.</summary>
    public int Rebuilds { get; private set; }

    /// <summary>Whether the service, or a subset of it, is in panic, as of its last pick.</summary>
    public bool InPanic { get; private set; }

    /// <summary>The whole service, for tests.</summary>
    internal EndpointPool Whole => _whole;

    internal KeyedRandom Random => _context.Random;

    internal EndpointStates States { get; }

    internal ServiceModel Model { get; private set; }

    internal LocalCluster Local { get; private set; }

    /// <summary>Grows with every change of the snapshot that picks depend on.</summary>
    internal int Version { get; private set; }

    /// <summary>The shares by zone of requests from here, where the policy has such.</summary>
    internal IReadOnlyDictionary<string, double>? Shares { get; private set; }

    /// <summary>The slow start, where the algorithm goes by weight (Envoy: round robin and least request).</summary>
    internal SlowStartConfig? SlowStart { get; private set; }

    /// <summary>Whether picks under a policy depend on the proxy's zone and peers.</summary>
    public static bool MindsPeers(ServicePolicy policy) => policy.Config is not { Locality: null, Subsetting: null };

    /// <summary>Takes over a newer snapshot's idea of the service and of the proxy's own. Balancers keep what they have learned unless their policy changed.</summary>
    public void Apply(ServiceModel model, LocalCluster local, long now)
    {
        bool sameLocal = ReferenceEquals(local, Local) || !MindsPeers(model.Policy);
        Local = local;
        if (ReferenceEquals(model, Model) && sameLocal) return;
        var old = Model;
        Model = model;
        Version++;
        Resolve();
        if (SlowStart is not null) NoteNewcomers(old.Endpoints, model.Endpoints, now);
        if (model.Policy.LoadBalancer.Equals(old.Policy.LoadBalancer)) return;
        _whole = new EndpointPool(this, null);
        _subsets.Clear();
    }

    /// <summary>Picks an endpoint for an attempt; false where there is none: no endpoint, no such subset, or none healthy without panic.</summary>
    /// <param name="request">What for.</param>
    /// <param name="draws">The attempt's own draws, for the balancer. Priority and zone are drawn apart: an affinity hash draws its own.</param>
    /// <param name="selection">The endpoint, and the balancer that picked it.</param>
    public bool TryPick(in SelectionRequest request, ref DrawSequence draws, out Selection selection)
    {
        var pool = request.Subset is null ? _whole : PoolOf(request.Subset);
        if (pool.Refresh()) Refreshed();
        var places = request.HasHash
            ? new DrawSequence(Random, Concern.Locality, request.Hash, 0)
            : new DrawSequence(Random, Concern.Locality, request.Key, request.Attempt);

        if (!pool.TryPick(in request, 0, ref places, ref draws, out selection)) return false;
        for (int repick = 1; repick <= request.Repicks && request.Tried.Contains(selection.Endpoint.Id); repick++)
        {
            if (!pool.TryPick(in request, repick, ref places, ref draws, out var other)) break;
            selection = other;
        }
        return true;
    }

    /// <summary>Whether <see cref="InPanic"/> is other than at the last call.</summary>
    public bool PanicChanged()
    {
        bool changed = InPanic != _reportedPanic;
        _reportedPanic = InPanic;
        return changed;
    }

    internal ILoadBalancer CreateBalancer() => LoadBalancers.Create(_context with { Config = Model.Policy.LoadBalancer });

    private EndpointPool PoolOf(string subset)
    {
        if (_subsets.TryGetValue(subset, out var pool)) return pool;
        pool = new EndpointPool(this, subset);
        _subsets.Add(subset, pool);
        return pool;
    }

    private void Refreshed()
    {
        Rebuilds++;
        InPanic = _whole.InPanic;
        foreach (var pool in _subsets.Values) InPanic |= pool.InPanic;
    }

    private void Resolve()
    {
        var config = Model.Policy.Config;
        Shares = config.Locality?.Distribute?.GetValueOrDefault(Local.Zone);
        SlowStart = Model.Policy.LoadBalancer.Algorithm is LoadBalancerAlgorithm.RoundRobin or LoadBalancerAlgorithm.LeastRequest ? config.SlowStart : null;
    }

    /// <summary>An endpoint that the older snapshot did not have is a newcomer. Both lists are in order of ids.</summary>
    private void NoteNewcomers(Endpoint[] old, Endpoint[] endpoints, long now)
    {
        int known = 0;
        foreach (var endpoint in endpoints)
        {
            while (known < old.Length && old[known].Id < endpoint.Id) known++;
            if (known == old.Length || old[known].Id != endpoint.Id) States.Health(endpoint.Id).HealthySince = now;
        }
    }
}
