using CsCheck;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class ShortestQueueBalancerTests
{
    public static TheoryData<string> Names => ["joinShortestQueue", "fullScan"];

    private static ILoadBalancer Of(string name) => name == "fullScan" ? new FullScanBalancer(1, 0) : new ShortestQueueBalancer();

    [Theory]
    [MemberData(nameof(Names))]
    public void Least_loaded_is_picked_and_ties_are_drawn_uniformly(string name) =>
        Fleet.AssertDistribution([0, 1.0 / 3, 0, 1.0 / 3, 1.0 / 3], new Fleet(2, 1, 4, 1, 1).Picks(Of(name), 30_000));

    [Theory]
    [MemberData(nameof(Names))]
    public void Pick_is_always_among_the_least_loaded(string name) => Gen.Int[0, 4].Array[1, 40].Sample(loads =>
        Assert.Equal(loads.Min(), loads[new Fleet(loads).Pick(Of(name))]));

    [Fact]
    public void Members_may_grow_and_shrink()
    {
        var balancer = new ShortestQueueBalancer();
        foreach (int n in (int[])[3, 50, 2]) Fleet.AssertUniform(Fleet.Idle(n).Picks(balancer, 10_000));
    }
}
