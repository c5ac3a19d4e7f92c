using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>Balancers by configuration.</summary>
internal static class LoadBalancers
{
    /// <summary>The balancer of one proxy for one service.</summary>
    public static ILoadBalancer Create(LoadBalancerConfig config, KeyedRandom random, int proxy, int service) => config.Algorithm switch
    {
        LoadBalancerAlgorithm.RoundRobin => new RoundRobinBalancer(random.Bits(Concern.RoundRobinOffset, (ulong)proxy, 0, service)),
        LoadBalancerAlgorithm.Random => new RandomBalancer(),
        LoadBalancerAlgorithm.PeakEwma => new PeakEwmaBalancer(config.Decay.Ticks, config.DefaultLatency.Ticks),
        _ => new LeastRequestBalancer(config.Choices, config.WithReplacement),
    };
}
