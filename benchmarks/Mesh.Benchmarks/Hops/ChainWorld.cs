using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Benchmarks.Hops;

/// <summary>
/// Worlds for measuring hops: chains of ten services, each calling the next, under Poisson load that keeps the queues short.
/// A hop is one attempt through the caller's outbound pipeline, the network, the callee's inbound pipeline and its service.
/// </summary>
internal static class ChainWorld
{
    private const int Length = 10;

    /// <summary>Total deadline, three attempts, breaker, per-try deadline, two choices.</summary>
    public static PolicyConfig FullPolicy { get; } = new()
    {
        LoadBalancer = new LoadBalancerConfig(),
        Timeout = TimeSpan.FromSeconds(2),
        PerTryTimeout = TimeSpan.FromMilliseconds(500),
        Retries = new RetryConfig { Attempts = 2 },
        CircuitBreaker = new CircuitBreakerConfig(),
    };

    /// <summary>A world that makes <paramref name="hops"/> hops, about.</summary>
    /// <param name="services">Services, a multiple of ten.</param>
    /// <param name="replicas">Replicas of each.</param>
    /// <param name="hops">Hops in all.</param>
    /// <param name="policy">The policy of every hop.</param>
    public static WorldConfig Create(int services, int replicas, double hops, PolicyConfig policy)
    {
        const double rate = 2000;   // requests per second into all chains together: 20,000 hops a virtual second
        int chains = services / Length;
        var duration = TimeSpan.FromSeconds(hops / Length / rate);
        return new WorldConfig
        {
            Duration = duration,
            Services = [.. Enumerable.Range(0, services).Select(i => Service(i, replicas))],
            Network = new NetworkConfig { SameZone = new LinkConfig { Latency = new DistributionConfig { Mean = 0.0003, P99 = 0.001 } } },
            Mesh = new MeshConfig { Defaults = policy },
            Workloads = [.. Enumerable.Range(0, chains).Select(chain => new WorkloadConfig
            {
                Name = $"load-{chain}",
                To = $"s{chain * Length}",
                Stages = [new StageConfig { For = duration, Rate = rate / chains }],
            })],
        };
    }

    private static ServiceConfig Service(int index, int replicas) => new()
    {
        Name = $"s{index}",
        Versions = [new VersionConfig { Replicas = replicas, ServiceTime = new DistributionConfig { Kind = DistributionKind.Exponential, Mean = 0.002 } }],
        Classes = [new RequestClassConfig { Path = "/", Script = index % Length == Length - 1 ? [] : [new CallStep { To = $"s{index + 1}" }] }],
    };
}
