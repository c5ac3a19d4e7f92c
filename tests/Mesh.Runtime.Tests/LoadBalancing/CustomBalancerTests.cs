using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing;

// <example> shown in docs/policies/load-balancing.md; a test compares them
/// <summary>Picks the endpoint whose last answer was the fastest; tries one at random now and then.</summary>
public sealed class LastLatencyBalancer(double explore) : ILoadBalancer
{
    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        int best = KeyedRandom.ToIndex(draws.Next(), members.Length);
        if (KeyedRandom.ToUnit(draws.Next()) < explore) return best;
        for (int i = 0; i < members.Length; i++)
            if (states.GetOrAdd(members[i].Id).Latency < states.GetOrAdd(members[best].Id).Latency) best = i;
        return best;
    }

    public void Ended(int endpoint, ref EndpointState state, in AttemptSample sample) => state.Latency = sample.Duration;
}
// </example>

public class CustomBalancerTests
{
    private static BalancerContext Context(string name) =>
        new(new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Custom, Custom = name }, new KeyedRandom(1), Proxy: 0, Service: 0);

    [Fact]
    public void Registered_algorithm_is_made_by_its_name_and_picks()
    {
        LoadBalancers.Register("lastLatency", context => new LastLatencyBalancer(explore: 0));
        var balancer = LoadBalancers.Create(Context("lastLatency"));
        Assert.Contains("lastLatency", LoadBalancers.Names);

        var fleet = Fleet.Idle(3);
        foreach (var (index, latency) in new[] { 30, 10, 20 }.Index())
            balancer.Ended(10 * index, ref fleet.States.GetOrAdd(10 * index), new AttemptSample(0, latency, 200, -1, default, 0));
        Assert.Equal([0, 100, 0], fleet.Picks(balancer, 100));
    }

    [Fact]
    public void Name_can_be_registered_once()
    {
        LoadBalancers.Register("once", _ => new RandomBalancer());
        Assert.Throws<ArgumentException>(() => LoadBalancers.Register("once", _ => new RandomBalancer()));
    }

    [Fact]
    public void Unknown_name_is_told() =>
        Assert.Contains("'nobody'", Assert.Throws<InvalidOperationException>(() => LoadBalancers.Create(Context("nobody"))).Message);

    [Fact]
    public void Example_in_the_documentation_is_this_one()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "MeshLab.sln"))) root = Path.GetDirectoryName(root)!;
        string source = File.ReadAllText(Path.Combine(root, "tests/Mesh.Runtime.Tests/LoadBalancing/CustomBalancerTests.cs"));
        string example = source.Split("a test compares them\n")[1].Split("// </example>")[0];
        Assert.Contains(example, File.ReadAllText(Path.Combine(root, "docs/policies/load-balancing.md")), StringComparison.Ordinal);
    }
}
