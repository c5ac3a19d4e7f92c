using BenchmarkDotNet.Attributes;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Benchmarks.Decisions;

/// <summary>A pick by each algorithm, and what a new list of endpoints costs it. A tenth of the endpoints have a request in flight.</summary>
[MemoryDiagnoser]
public class PickBenchmarks
{
    private readonly KeyedRandom _random = new(1);
    private readonly EndpointStates _states = new();
    private Endpoint[] _members = [];
    private ILoadBalancer _balancer = null!;
    private ulong _key;

    /// <summary>Endpoints of the service.</summary>
    [Params(10, 100, 1_000, 10_000)]
    public int Endpoints { get; set; }

    /// <summary>The algorithm; after a plus sign what differs from its defaults.</summary>
    [Params("random", "random+weights", "roundRobin", "roundRobin+weights", "leastRequest", "leastRequest+weights", "leastRequest+fullScan", "peakEwma",
        "ringHash", "maglev", "maglev+bound", "joinIdleQueue", "joinShortestQueue", "prequal")]
    public string Algorithm { get; set; } = "";

    /// <summary>Endpoints, some of them busy, and the balancer.</summary>
    [GlobalSetup]
    public void Setup()
    {
        string[] parts = Algorithm.Split('+');
        string variant = parts.Length > 1 ? parts[1] : "";
        _members = [.. Enumerable.Range(0, Endpoints).Select(id => new Endpoint { Id = id, Name = $"s-v1-{id}", Service = "s", Weight = variant == "weights" ? 1 + id % 5 : 1 })];
        foreach (var endpoint in _members) _states.GetOrAdd(endpoint.Id);
        for (int id = 0; id < Endpoints; id += 10) _states.Enter(id);
        var config = new LoadBalancerConfig
        {
            Algorithm = Enum.Parse<LoadBalancerAlgorithm>(parts[0], ignoreCase: true), FullScan = variant == "fullScan", HashBalanceFactor = variant == "bound" ? 150 : null,
        };
        _balancer = LoadBalancers.Create(new BalancerContext(config, _random, 1, 2, new Idle()));
        _balancer.Update(_members);
    }

    /// <summary>One pick.</summary>
    [Benchmark]
    public int Pick()
    {
        var draws = new DrawSequence(_random, Concern.LoadBalancing, _key++, 0);
        return _balancer.Pick(_members, _states, new PickRequest((long)_key), ref draws);
    }

    /// <summary>A new list: tables that are shared by list are built anew.</summary>
    [Benchmark]
    public Endpoint[] Update()
    {
        Endpoint[] members = [.. _members];
        _balancer.Update(members);
        return members;
    }

    private sealed class Idle : IEndpointProbe
    {
        public void Probe(int proxy, int endpoint, ulong key, IProbeListener listener) => listener.Answered(endpoint, key, new ProbeReport(endpoint & 3, 1000 + endpoint), 0);
    }
}
