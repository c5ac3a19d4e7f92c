using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

/// <summary>A service's endpoints in zones, one proxy's selector before them, and requests that pick. Times are in ticks.</summary>
internal sealed class Picker
{
    private readonly KeyedRandom _random = new(7);
    private ulong _key;

    /// <summary>One endpoint for each zone named, "aab" is two in a and one in b; ids 0, 10, 20…</summary>
    public Picker(PolicyConfig? policy, string zones, LocalCluster? local = null)
        : this(policy, [.. zones.Select((zone, i) => Endpoint(10 * i, zone.ToString()))], local)
    {
    }

    public Picker(PolicyConfig? policy, Endpoint[] endpoints, LocalCluster? local = null)
    {
        Local = local ?? LocalCluster.Unknown;
        Model = Service(policy ?? new(), endpoints);
        Selector = new EndpointSelector(new BalancerContext(Model.Policy.LoadBalancer, _random, 0, 0), States, Model, Local);
    }

    public EndpointStates States { get; } = new();

    public EndpointSelector Selector { get; }

    public ServiceModel Model { get; private set; }

    public LocalCluster Local { get; }

    public static Endpoint Endpoint(int id, string zone = "", string version = "v1", params (string, string)[] labels) => new()
    {
        Id = id, Name = $"s-{id}", Service = "s", Zone = zone, Version = version, Labels = [.. labels.Select(label => KeyValuePair.Create(label.Item1, label.Item2))],
    };

    /// <summary>A caller in the first of these zones, whose service has one endpoint in each.</summary>
    public static LocalCluster CallerIn(string zones) => LocalCluster.Of(Service(new(), [.. zones.Select((zone, i) => Endpoint(1000 + i, zone.ToString()))]), zones[..1], "s-1000");

    public static ServiceModel Service(PolicyConfig policy, Endpoint[] endpoints) => new() { Id = 0, Name = "s", Endpoints = endpoints, Policy = ServicePolicy.From(policy) };

    /// <summary>A newer snapshot with these endpoints.</summary>
    public void Apply(long now, params Endpoint[] endpoints)
    {
        Model = new ServiceModel { Id = 0, Name = "s", Endpoints = endpoints, Policy = Model.Policy };
        Selector.Apply(Model, Local, now);
    }

    public void Eject(params int[] endpoints)
    {
        foreach (int id in endpoints) States.Health(id).Ejected = true;
        States.HealthChanged();
    }

    public void Degrade(params int[] endpoints)
    {
        foreach (int id in endpoints) States.Health(id).Degraded = true;
        States.HealthChanged();
    }

    public void Readmit(long now, int endpoint)
    {
        States.Health(endpoint).Ejected = false;
        States.Health(endpoint).HealthySince = now;
        States.HealthChanged();
    }

    /// <summary>The next request's endpoint, or <c>null</c>.</summary>
    public Endpoint? Pick(long now = 0, string? subset = null, ulong? hash = null, int[]? tried = null, int repicks = 0, int previousPriorities = 0)
    {
        ulong key = ++_key;
        var draws = new DrawSequence(_random, Concern.LoadBalancing, key, 0);
        var request = new SelectionRequest { Now = now, Key = key, Subset = subset, Hash = hash ?? 0, HasHash = hash is not null, Tried = tried, Repicks = repicks, PreviousPriorities = previousPriorities };
        return Selector.TryPick(in request, ref draws, out var selection) ? selection.Endpoint : null;
    }

    /// <summary>How many of so many requests went to each endpoint, in order of ids.</summary>
    public int[] Picks(int requests, long now = 0)
    {
        int[] counts = new int[Model.Endpoints.Length];
        for (int i = 0; i < requests; i++) counts[Array.IndexOf(Model.Endpoints, Pick(now))]++;
        return counts;
    }

    /// <summary>How many of so many requests went to each zone, in order of names.</summary>
    public int[] PicksByZone(int requests)
    {
        int[] counts = Picks(requests);
        return [.. Model.Endpoints.Select((endpoint, i) => (endpoint.Zone, Count: counts[i])).GroupBy(one => one.Zone).OrderBy(zone => zone.Key, StringComparer.Ordinal).Select(zone => zone.Sum(one => one.Count))];
    }
}
