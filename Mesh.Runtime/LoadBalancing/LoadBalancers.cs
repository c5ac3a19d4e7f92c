using System.Collections.Concurrent;
using Mesh.Runtime.LoadBalancing.Hashing;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>Balancers by configuration: those of the house, and those that a program registers.</summary>
public static class LoadBalancers
{
    private static readonly ConcurrentDictionary<string, Func<BalancerContext, ILoadBalancer>> Registered = new(StringComparer.Ordinal);

    /// <summary>The names registered, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Registered.Keys.Order(StringComparer.Ordinal)];

    /// <summary>
    /// Registers an algorithm under a name, by which scenario files then ask for it: <c>loadBalancer: {custom: NAME}</c>.
    /// Done once, at the composition root, before a file is read.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="create">Makes the balancer of one proxy for one service. Called anew when the settings change.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public static void Register(string name, Func<BalancerContext, ILoadBalancer> create)
    {
        if (!Registered.TryAdd(name, create)) throw new ArgumentException($"A load balancer is registered as '{name}' already.", nameof(name));
    }

    /// <summary>The balancer of one proxy for one service.</summary>
    internal static ILoadBalancer Create(LoadBalancerConfig config, DataPlane plane, int proxy, int service) =>
        Create(new BalancerContext(config, plane.Random, proxy, service, plane.Probe));

    /// <summary>The balancer of one proxy for one service.</summary>
    internal static ILoadBalancer Create(BalancerContext context)
    {
        var config = context.Config;
        ulong offset = context.Random.Bits(Concern.RoundRobinOffset, (ulong)context.Proxy, 0, context.Service);
        return config.Algorithm switch
        {
            LoadBalancerAlgorithm.RoundRobin => new RoundRobinBalancer(offset),
            LoadBalancerAlgorithm.Random => new RandomBalancer(),
            LoadBalancerAlgorithm.PeakEwma => new PeakEwmaBalancer(config.Decay.Ticks, config.DefaultLatency.Ticks, config.FailurePenalty?.Ticks),
            LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev => new HashBalancer(config),
            LoadBalancerAlgorithm.JoinIdleQueue => new JoinIdleQueueBalancer(offset),
            LoadBalancerAlgorithm.JoinShortestQueue => new ShortestQueueBalancer(),
            LoadBalancerAlgorithm.Prequal => new PrequalBalancer(config, context.Probe, context.Proxy),
            LoadBalancerAlgorithm.Custom => Find(config.Custom)(context),
            _ when config.FullScan => new FullScanBalancer(config.ActiveRequestBias, offset),
            _ => new LeastRequestBalancer(config.Choices, config.WithReplacement, config.ActiveRequestBias, offset),
        };
    }

    private static Func<BalancerContext, ILoadBalancer> Find(string? name) => Registered.TryGetValue(name ?? "", out var create)
        ? create
        : throw new InvalidOperationException($"No load balancer is registered as '{name}'. Registered: {string.Join(", ", Names)}.");
}

/// <summary>What a balancer is made from.</summary>
/// <param name="Config">The settings.</param>
/// <param name="Random">The world's draws; draws for a pick come with the pick.</param>
/// <param name="Proxy">The proxy's id.</param>
/// <param name="Service">The called service's id.</param>
/// <param name="Probe">How endpoints are asked about themselves, where the world can do that.</param>
public sealed record BalancerContext(LoadBalancerConfig Config, KeyedRandom Random, int Proxy, int Service, IEndpointProbe? Probe = null);
