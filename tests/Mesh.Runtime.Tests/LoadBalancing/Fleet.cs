using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing;

/// <summary>Endpoints with loads of our choosing, and a balancer asked again and again.</summary>
internal sealed class Fleet
{
    private readonly KeyedRandom _random = new(1);
    private readonly HashSet<ILoadBalancer> _updated = [];
    private ulong _request;

    /// <summary>One endpoint for each number of requests in flight.</summary>
    public Fleet(params int[] inFlight)
    {
        Endpoints = [.. inFlight.Select((_, i) => new Endpoint { Id = 10 * i, Name = $"e{i}", Service = "s" })];
        for (int i = 0; i < inFlight.Length; i++)
            for (int k = 0; k < inFlight[i]; k++) States.Enter(10 * i);
    }

    public Endpoint[] Endpoints { get; private init; }

    public EndpointStates States { get; } = new();

    public static Fleet Idle(int count) => new(new int[count]);

    /// <summary>Idle endpoints of these weights.</summary>
    public static Fleet Weighted(params int[] weights)
    {
        var idle = Idle(weights.Length);
        return new Fleet { Endpoints = [.. idle.Endpoints.Select((endpoint, i) => endpoint with { Weight = weights[i] })] };
    }

    /// <summary>Idle endpoints of these names.</summary>
    public static Endpoint[] Named(params IEnumerable<string> names) => [.. names.Select((name, i) => new Endpoint { Id = i, Name = name, Service = "s" })];

    /// <summary>An attempt is sent to an endpoint.</summary>
    public void Begin(int index) => States.Enter(Endpoints[index].Id);

    /// <summary>An attempt at an endpoint is over.</summary>
    public void End(int index, ILoadBalancer balancer) => balancer.Released(Endpoints[index].Id, States.Leave(Endpoints[index].Id).InFlight);

    public int Pick(ILoadBalancer balancer, long now = 0, IWeights? weights = null)
    {
        if (_updated.Add(balancer)) balancer.Update(Endpoints);
        var draws = new DrawSequence(_random, Concern.LoadBalancing, ++_request, 0);
        return balancer.Pick(Endpoints, States, new PickRequest(now, Weights: weights), ref draws);
    }

    /// <summary>How often each endpoint was picked.</summary>
    public int[] Picks(ILoadBalancer balancer, int requests)
    {
        int[] counts = new int[Endpoints.Length];
        for (int i = 0; i < requests; i++) counts[Pick(balancer)]++;
        return counts;
    }

    /// <summary>
    /// Chi-square of counts against probabilities stays below its mean (k - 1) + 6 standard deviations √(2(k - 1)), and a margin for few cells;
    /// a fair draw exceeds that with probability below 10⁻⁶.
    /// </summary>
    public static void AssertDistribution(double[] probabilities, int[] counts)
    {
        int total = counts.Sum();
        double chiSquare = 0;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = probabilities[i] * total;
            if (expected == 0)
            {
                Assert.Equal(0, counts[i]);
                continue;
            }
            cells++;
            chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        double bound = cells - 1 + 6 * Math.Sqrt(2.0 * Math.Max(1, cells - 1)) + 18;
        Assert.True(chiSquare < bound, $"Chi-square {chiSquare:F1} is above {bound:F1}: [{string.Join(", ", counts)}].");
    }

    public static void AssertUniform(int[] counts) =>
        AssertDistribution([.. counts.Select(_ => 1.0 / counts.Length)], counts);
}
