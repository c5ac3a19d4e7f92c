using BenchmarkDotNet.Attributes;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Benchmarks.Decisions;

/// <summary>What stands between the endpoints and the balancer: a pick with each kind of choice before it, and what a change of the endpoints or of their health costs.</summary>
[MemoryDiagnoser]
public class SelectionBenchmarks
{
    private static readonly string[] Zones = ["a", "b", "c"];

    private readonly KeyedRandom _random = new(1);
    private readonly EndpointStates _states = new();
    private readonly int[] _tried = [0, 1];
    private EndpointSelector _plain = null!;
    private EndpointSelector _zoneAware = null!;
    private EndpointSelector _failover = null!;
    private ServiceModel[] _snapshots = null!;
    private EndpointHealth _health = null!;
    private ulong _key;
    private int _changes;

    /// <summary>Endpoints of the service.</summary>
    [Params(10, 100, 1_000, 10_000)]
    public int Endpoints { get; set; }

    /// <summary>Three selectors of one service: one endpoint is ejected.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var plain = ServicePolicy.From(new() { LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.Random } });
        Endpoint[] all = [.. Enumerable.Range(0, Endpoints + 1).Select(id => new Endpoint { Id = id, Name = $"s-{id}", Service = "s", Zone = Zones[id % 3] })];
        _snapshots = [Service(plain, all[..^1]), Service(plain, all)];
        var local = LocalCluster.Of(_snapshots[0], "a", "s-0");
        _health = _states.Health(3);
        _health.Ejected = true;
        _states.HealthChanged();
        _plain = new EndpointSelector(Context, _states, _snapshots[0], local);
        _zoneAware = With(new LocalityConfig { ZoneAware = true }, local);
        _failover = With(new LocalityConfig { Failover = new Dictionary<string, IReadOnlyList<string>> { [LocalityConfig.AnyZone] = ["b", "c"] } }, local);
    }

    /// <summary>A pick among all healthy endpoints, by a random balancer.</summary>
    [Benchmark]
    public int Pick() => PickFrom(_plain, []);

    /// <summary>A pick that may be made anew twice, because two endpoints have been tried.</summary>
    [Benchmark]
    public int PickNotTried() => PickFrom(_plain, _tried);

    /// <summary>A pick with zone-aware routing.</summary>
    [Benchmark]
    public int PickZoneAware() => PickFrom(_zoneAware, []);

    /// <summary>A pick with the zones as priorities.</summary>
    [Benchmark]
    public int PickFailover() => PickFrom(_failover, []);

    /// <summary>An endpoint is ejected or readmitted, and the next request picks.</summary>
    [Benchmark]
    public int HealthChange()
    {
        _health.Ejected = !_health.Ejected;
        _states.HealthChanged();
        return PickFrom(_failover, []);
    }

    /// <summary>A snapshot with one endpoint more or less, and the next request picks.</summary>
    [Benchmark]
    public int NewSnapshot()
    {
        _plain.Apply(_snapshots[++_changes % 2], _plain.Local, 0);
        return PickFrom(_plain, []);
    }

    private BalancerContext Context => new(_snapshots[0].Policy.LoadBalancer, _random, 0, 0);

    private EndpointSelector With(LocalityConfig locality, LocalCluster local) =>
        new(Context, _states, Service(ServicePolicy.From(_snapshots[0].Policy.Config with { Locality = locality }), _snapshots[0].Endpoints), local);

    private int PickFrom(EndpointSelector selector, ReadOnlySpan<int> tried)
    {
        var draws = new DrawSequence(_random, Concern.LoadBalancing, ++_key, 0);
        var request = new SelectionRequest { Now = 0, Key = _key, Tried = tried, Repicks = 2 };
        return selector.TryPick(in request, ref draws, out var selection) ? selection.Endpoint.Id : -1;
    }

    private static ServiceModel Service(ServicePolicy policy, Endpoint[] endpoints) => new() { Id = 0, Name = "s", Endpoints = endpoints, Policy = policy };
}
