using CsCheck;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class RoundRobinBalancerTests
{
    private static ILoadBalancer Of(int proxy, int service = 0, ulong seed = 1) =>
        LoadBalancers.Create(new BalancerContext(new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin }, new KeyedRandom(seed), proxy, service));

    [Fact]
    public void Each_endpoint_is_picked_once_a_cycle_in_order() => Gen.Select(Gen.Int[1, 30], Gen.ULong).Sample((n, offset) =>
    {
        var fleet = Fleet.Idle(n);
        var balancer = new RoundRobinBalancer(offset);
        int first = fleet.Pick(balancer);
        for (int i = 1; i < 3 * n; i++) Assert.Equal((first + i) % n, fleet.Pick(balancer));
    });

    [Fact]
    public void Proxies_and_services_start_at_offsets_of_their_own()
    {
        const int n = 10;
        int[] byProxy = new int[n], byService = new int[n];
        for (int i = 0; i < 5000; i++)
        {
            byProxy[Fleet.Idle(n).Pick(Of(proxy: i))]++;
            byService[Fleet.Idle(n).Pick(Of(proxy: 0, service: i))]++;
        }
        Fleet.AssertUniform(byProxy);
        Fleet.AssertUniform(byService);
        Assert.Equal(Fleet.Idle(1000).Pick(Of(3)), Fleet.Idle(1000).Pick(Of(3)));
        Assert.NotEqual(Fleet.Idle(1000).Pick(Of(3)), Fleet.Idle(1000).Pick(Of(3, seed: 2)));
    }
}
