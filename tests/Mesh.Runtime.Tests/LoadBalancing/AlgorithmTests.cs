using CsCheck;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing;

/// <summary>What holds for every algorithm.</summary>
public class AlgorithmTests
{
    private static readonly Gen<LoadBalancerConfig> AnyConfig = Gen.Select(
        Gen.Enum<LoadBalancerAlgorithm>().Where(algorithm => algorithm != LoadBalancerAlgorithm.Custom), Gen.Int[2, 5], Gen.Bool, Gen.Bool, Gen.Int[100, 200], Gen.Bool)
        .Select((algorithm, choices, replace, scan, factor, bound) => new LoadBalancerConfig
        {
            Algorithm = algorithm, Choices = choices, WithReplacement = replace, FullScan = scan, TableSize = 251,
            HashBalanceFactor = bound ? factor : null, FailurePenalty = bound ? TimeSpan.FromSeconds(5) : null,
        });

    /// <summary>Endpoints come and go, attempts begin and end: every pick is a member, and the counts come out.</summary>
    [Fact]
    public void Every_pick_is_a_member() => Gen.Select(AnyConfig, Gen.Int[1, 3].Array[1, 20], Gen.Int[0, 999].Array[1, 200]).Sample((config, weights, steps) =>
    {
        var random = new KeyedRandom(1);
        var balancer = LoadBalancers.Create(new BalancerContext(config, random, 1, 2));
        var all = Fleet.Weighted(weights).Endpoints;
        var members = all;
        var states = new EndpointStates();
        var inFlight = new List<int>();
        balancer.Update(members);
        for (int i = 0; i < steps.Length; i++)
        {
            long now = i * TimeSpan.TicksPerMillisecond * 20;
            if (steps[i] < 100)
            {
                members = [.. all.Where(endpoint => ((uint)endpoint.Id * 7 + steps[i]) % 3 != 0)];
                if (members.Length == 0) members = all;
                balancer.Update(members);
            }
            else if (steps[i] < 450 && inFlight.Count > 0)
            {
                int endpoint = inFlight[steps[i] % inFlight.Count];
                inFlight.Remove(endpoint);
                ref var state = ref states.Leave(endpoint);
                balancer.Released(endpoint, state.InFlight);
                balancer.Ended(endpoint, ref state, new AttemptSample(now, steps[i] * 1000, steps[i] % 2 == 0 ? 200 : 503, -1, default, 0));
            }
            else
            {
                var draws = new DrawSequence(random, Concern.LoadBalancing, (ulong)i, 0);
                int picked = balancer.Pick(members, states, new PickRequest(now, i % 3, (ulong)steps[i] << 50, i % 2 == 0), ref draws);
                Assert.InRange(picked, 0, members.Length - 1);
                states.Enter(members[picked].Id);
                inFlight.Add(members[picked].Id);
            }
        }
        Assert.Equal(inFlight.Count, states.TotalInFlight);
    });

    [Fact]
    public void Only_endpoint_is_always_picked() => AnyConfig.Sample(config =>
        Assert.Equal([20], Fleet.Idle(1).Picks(LoadBalancers.Create(new BalancerContext(config, new KeyedRandom(1), 1, 2)), 20)));

    /// <summary>Hot decisions allocate nothing.</summary>
    [Theory]
    [InlineData(LoadBalancerAlgorithm.LeastRequest)]
    [InlineData(LoadBalancerAlgorithm.RoundRobin)]
    [InlineData(LoadBalancerAlgorithm.Random)]
    [InlineData(LoadBalancerAlgorithm.PeakEwma)]
    [InlineData(LoadBalancerAlgorithm.RingHash)]
    [InlineData(LoadBalancerAlgorithm.Maglev)]
    [InlineData(LoadBalancerAlgorithm.JoinIdleQueue)]
    [InlineData(LoadBalancerAlgorithm.JoinShortestQueue)]
    [InlineData(LoadBalancerAlgorithm.Prequal)]
    public void Pick_allocates_nothing(LoadBalancerAlgorithm algorithm)
    {
        var config = new LoadBalancerConfig { Algorithm = algorithm, HashBalanceFactor = 100, TableSize = 251, WithReplacement = false };
        foreach (int[] weights in (int[][])[[1, 1, 1, 1], [4, 3, 2, 1]])
        {
            var fleet = Fleet.Weighted(weights);
            for (int i = 0; i < 4; i++) fleet.Begin(i);
            var balancer = LoadBalancers.Create(new BalancerContext(config, new KeyedRandom(1), 1, 2));
            fleet.Picks(balancer, 100);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++) fleet.Pick(balancer, i);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
