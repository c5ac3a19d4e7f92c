using CsCheck;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing;

/// <summary>Balancers that go by weight, with configured weights and with those of slow start.</summary>
public class WeightTests
{
    private static readonly Func<ulong, ILoadBalancer>[] ByTurns =
        [offset => new RoundRobinBalancer(offset), offset => new LeastRequestBalancer(2, true, offset: offset), offset => new FullScanBalancer(1, offset)];

    [Fact]
    public void Idle_endpoints_share_by_weight_in_turns() => Gen.Select(Gen.Int[0, ByTurns.Length - 1], Gen.ULong).Sample((kind, offset) =>
        Assert.Equal([60, 30, 10], Fleet.Weighted(6, 3, 1).Picks(ByTurns[kind](offset), 100)));

    [Fact]
    public void Random_draws_by_weight()
    {
        Fleet.AssertDistribution([0.6, 0.3, 0.1], Fleet.Weighted(6, 3, 1).Picks(new RandomBalancer(), 40_000));
        int[] weights = [.. Enumerable.Range(1, 60)];
        Fleet.AssertDistribution([.. weights.Select(weight => weight / 1830.0)], Fleet.Weighted(weights).Picks(new RandomBalancer(), 40_000));
    }

    [Fact]
    public void Uniform_draws_fail_the_test_for_weighted_ones() =>
        Assert.ThrowsAny<Exception>(() => Fleet.AssertDistribution([0.6, 0.3, 0.1], Fleet.Idle(3).Picks(new RandomBalancer(), 40_000)));

    [Fact]
    public void Any_weights_are_met_by_random_draws() => Gen.Int[1, 128].Array[2, 20].Sample(weights =>
    {
        double sum = weights.Sum();
        Fleet.AssertDistribution([.. weights.Select(weight => weight / sum)], Fleet.Weighted(weights).Picks(new RandomBalancer(), 5_000));
    }, iter: 50);

    /// <summary>Envoy's weight / (in flight + 1)^bias: 4 requests in flight at the one of weight 5 leave it the share of weight 1.</summary>
    [Theory]
    [InlineData(1, 4, 50)]
    [InlineData(0, 4, 83)]
    [InlineData(2, 4, 17)]
    public void Requests_in_flight_lower_a_weight_by_the_bias(double bias, int inFlight, int expected)
    {
        var fleet = Fleet.Weighted(5, 1);
        for (int i = 0; i < inFlight; i++) fleet.Begin(0);
        Assert.InRange(fleet.Picks(new LeastRequestBalancer(2, true, bias), 100)[0], expected - 1, expected + 1);
    }

    [Fact]
    public void Slow_start_s_weights_hold_while_it_lasts()
    {
        var fleet = Fleet.Idle(2);
        var balancer = new RoundRobinBalancer(0);
        var slow = new Tenth(fleet.Endpoints[1].Id);
        int newcomer = 0;
        for (int i = 0; i < 110; i++) newcomer += fleet.Pick(balancer, weights: slow);
        Assert.InRange(newcomer, 9, 12);
        Assert.Equal([50, 50], fleet.Picks(balancer, 100));   // over: null again
    }

    [Fact]
    public void Shortest_queue_counts_for_its_weight()
    {
        var fleet = Fleet.Weighted(4, 1);
        var balancer = new ShortestQueueBalancer();
        for (int i = 0; i < 100; i++) fleet.Begin(fleet.Pick(balancer));
        Assert.InRange(fleet.States.InFlight(0), 79, 81);
    }

    private sealed class Tenth(int newcomer) : IWeights
    {
        public double WeightOf(Endpoint endpoint, long now) => endpoint.Id == newcomer ? 0.1 * endpoint.Weight : endpoint.Weight;
    }
}
