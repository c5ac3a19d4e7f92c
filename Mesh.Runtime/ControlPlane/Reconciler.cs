using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// Desired policy, observed endpoints and faults made into a versioned snapshot for each proxy, with only the services that it subscribes to. Pure: no clock, no actor.
/// A change that is wrong is rejected whole and the last good state stays. Services that did not change are shared between versions, and snapshots between proxies that subscribe alike.
/// </summary>
public sealed class Reconciler
{
    /// <summary>Different subscriptions whose snapshots are kept.</summary>
    private const int MaxShared = 4096;

    private readonly SortedDictionary<int, Entry> _services = [];
    private readonly Dictionary<Subscription, MeshSnapshot> _shared = [];
    private ILookup<string, LeasedFault> _faults = Array.Empty<LeasedFault>().ToLookup(fault => fault.Fault.Service);

    /// <summary>A mesh of no services.</summary>
    /// <param name="config">The policy of every service.</param>
    /// <param name="version">The version before the first change: above every one that an earlier control plane can have given.</param>
    public Reconciler(MeshConfig config, long version = 0)
    {
        Config = config;
        Version = version;
    }

    /// <summary>The policy in force.</summary>
    public MeshConfig Config { get; private set; }

    /// <summary>Grows by one with every change that is taken over.</summary>
    public long Version { get; private set; }

    /// <summary>The services that there are, in order of their ids.</summary>
    public IEnumerable<ServiceModel> Services => _services.Values.Select(entry => entry.Model);

    /// <summary>Takes over services' endpoints, all in one new version.</summary>
    public Reconciliation Observe(IEnumerable<ServiceEndpoints> changes)
    {
        var changed = new SortedDictionary<int, ServiceModel>();
        foreach (var change in changes)
        {
            var known = changed.GetValueOrDefault(change.ServiceId) ?? _services.GetValueOrDefault(change.ServiceId)?.Model;
            Endpoint[] endpoints = [.. change.Endpoints.OrderBy(endpoint => endpoint.Id)];
            if (known is not null && known.Name == change.Service && known.Endpoints.AsSpan().SequenceEqual(endpoints)) continue;
            changed[change.ServiceId] = new ServiceModel
            {
                Id = change.ServiceId,
                Name = change.Service,
                Endpoints = endpoints,
                Policy = known is not null && known.Name == change.Service ? known.Policy : ServicePolicy.From(Config.PolicyFor(change.Service)),
                Faults = [.. _faults[change.Service]],
            };
        }
        return Take(changed.Values);
    }

    /// <summary>Replaces the policy, all in one new version.</summary>
    public Reconciliation Configure(MeshConfig config)
    {
        var changed = new List<ServiceModel>();
        var problems = new List<string>();
        foreach (string service in config.Services.Keys.Order(StringComparer.Ordinal)) problems.AddRange(SnapshotRules.Problems(service, config.PolicyFor(service)));
        foreach (var model in Services)
        {
            var policy = config.PolicyFor(model.Name);
            if (policy == model.Policy.Config) continue;
            if (!config.Services.ContainsKey(model.Name)) problems.AddRange(SnapshotRules.Problems(model.Name, policy));
            if (problems.Count == 0) changed.Add(new ServiceModel { Id = model.Id, Name = model.Name, Endpoints = model.Endpoints, Policy = ServicePolicy.From(policy), Faults = model.Faults });
        }
        if (problems.Count > 0) return Reconciliation.Refused(problems);
        var taken = Take(changed);
        if (taken.Problems.Count == 0) Config = config;
        return taken;
    }

    /// <summary>Takes over all faults that are in force, in one new version. Those of a service that is not known yet wait for it.</summary>
    public Reconciliation Afflict(IReadOnlyList<LeasedFault> inForce)
    {
        string[] problems = [.. inForce.SelectMany(fault => SnapshotRules.Problems(fault.Fault))];
        if (problems.Length > 0) return Reconciliation.Refused(problems);
        _faults = inForce.ToLookup(fault => fault.Fault.Service, StringComparer.Ordinal);
        return Take([.. Services.Where(model => !model.Faults.SequenceEqual(_faults[model.Name])).Select(model => new ServiceModel
        {
            Id = model.Id, Name = model.Name, Endpoints = model.Endpoints, Policy = model.Policy, Faults = [.. _faults[model.Name]],
        })]);
    }

    /// <summary>What a proxy with this subscription is told now. Its version is that of the last change to a service that it subscribes to.</summary>
    public MeshSnapshot SnapshotFor(Subscription subscription)
    {
        if (_shared.TryGetValue(subscription, out var snapshot)) return snapshot;
        var entries = _services.Values.Where(entry => subscription.Includes(entry.Model.Id)).ToList();
        snapshot = entries.Count == 0 ? MeshSnapshot.Empty : new MeshSnapshot(entries.Max(entry => entry.Changed), [.. entries.Select(entry => entry.Model)]);
        if (_shared.Count >= MaxShared) _shared.Clear();
        _shared.Add(subscription, snapshot);
        return snapshot;
    }

    private Reconciliation Take(IReadOnlyCollection<ServiceModel> changed)
    {
        if (changed.Count == 0) return Reconciliation.Nothing;
        string[] problems = [.. changed.SelectMany(SnapshotRules.Problems)];
        if (problems.Length > 0) return Reconciliation.Refused(problems);
        Version++;
        foreach (var model in changed) _services[model.Id] = new Entry(model, Version);
        foreach (var stale in _shared.Keys.Where(subscription => changed.Any(model => subscription.Includes(model.Id))).ToList()) _shared.Remove(stale);
        return new Reconciliation([.. changed.Select(model => model.Id)], []);
    }

    private sealed record Entry(ServiceModel Model, long Changed);
}

/// <summary>What became of a change.</summary>
/// <param name="Changed">The services that proxies must be told of, by id; none where the change says nothing new, or was rejected.</param>
/// <param name="Problems">Everything that is wrong with it; with any, nothing was taken over.</param>
public sealed record Reconciliation(IReadOnlyList<int> Changed, IReadOnlyList<string> Problems)
{
    internal static Reconciliation Nothing { get; } = new([], []);

    internal static Reconciliation Refused(IReadOnlyList<string> problems) => new([], problems);

    /// <summary>Whether a proxy with this subscription must be told.</summary>
    public bool Concerns(Subscription subscription) => Changed.Any(subscription.Includes);
}
