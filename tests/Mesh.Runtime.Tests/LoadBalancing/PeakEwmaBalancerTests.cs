using CsCheck;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class PeakEwmaBalancerTests
{
    private static long Ms(double milliseconds) => (long)(milliseconds * TimeSpan.TicksPerMillisecond);

    /// <summary>tower's own: calls at 100 and 200 ms; the first completes at 300 ms: 200 ms times two; the second at 400 ms: 200 ms.</summary>
    [Fact]
    public void Cost_is_tower_s()
    {
        var balancer = new PeakEwmaBalancer(decay: Ms(1000), defaultLatency: Ms(20));
        var states = new EndpointStates();
        Assert.Equal(Ms(20), balancer.Cost(states, 0, 0));
        states.GetOrAdd(0).InFlight = 1;   // at 100 ms
        states.GetOrAdd(0).InFlight = 2;   // at 200 ms
        Complete(200, at: 300);
        Assert.Equal(Ms(400), balancer.Cost(states, 0, Ms(300)));
        Complete(200, at: 400);
        Assert.Equal(Ms(200), balancer.Cost(states, 0, Ms(400)), 0.1);

        void Complete(double sample, double at)
        {
            ref var state = ref states.GetOrAdd(0);
            state.InFlight--;
            balancer.Observe(ref state, Ms(sample), Ms(at));
        }
    }

    /// <summary>cost(t) = cost(0)·e^(-t/10 s), however often anyone looks in between.</summary>
    [Fact]
    public void Cost_decays_exponentially_whether_looked_at_or_not() =>
        Gen.Select(Gen.Int[1, 60_000], Gen.Int[1, 20], Gen.Int[0, 5], Gen.Int[1, 10_000]).Sample((time, looks, inFlight, latency) =>
        {
            var balancer = new PeakEwmaBalancer(Ms(10_000), Ms(1));
            var states = new EndpointStates();
            balancer.Observe(ref states.GetOrAdd(0), Ms(latency), 0);
            states.GetOrAdd(0).InFlight = inFlight;
            double first = balancer.Cost(states, 0, 0);
            for (int i = 1; i < looks; i++) balancer.Cost(states, 0, Ms((double)time * i / looks));
            double expected = first * Math.Exp(-time / 10_000.0);
            Assert.Equal(1, balancer.Cost(states, 0, Ms(time)) / expected, 1e-6);
        });

    [Fact]
    public void Peak_is_taken_at_once_and_a_better_sample_by_its_weight()
    {
        var balancer = new PeakEwmaBalancer(Ms(10_000), Ms(30));
        var states = new EndpointStates();
        balancer.Cost(states, 0, 0);
        balancer.Observe(ref states.GetOrAdd(0), Ms(500), Ms(1));
        Assert.Equal(Ms(500), states.GetOrAdd(0).Latency);
        balancer.Observe(ref states.GetOrAdd(0), Ms(100), Ms(5001));
        Assert.Equal(Ms(500) * Math.Exp(-0.5) + Ms(100) * (1 - Math.Exp(-0.5)), states.GetOrAdd(0).Latency, 1.0);
    }

    [Fact]
    public void Cheaper_of_two_is_picked_by_latency_times_requests_in_flight()
    {
        var balancer = new PeakEwmaBalancer(Ms(10_000), Ms(30));
        var fleet = Fleet.Idle(2);
        balancer.Observe(ref fleet.States.GetOrAdd(0), Ms(100), 0);
        balancer.Observe(ref fleet.States.GetOrAdd(10), Ms(40), 0);
        Assert.Equal([0, 100], fleet.Picks(balancer, 100));
        fleet.States.GetOrAdd(10).InFlight = 2;   // 40 ms x 3 against 100 ms
        Assert.Equal([100, 0], fleet.Picks(balancer, 100));
    }

    [Fact]
    public void Newcomers_share_equally() =>
        Fleet.AssertUniform(Fleet.Idle(7).Picks(new PeakEwmaBalancer(Ms(10_000), Ms(30)), 40_000));

    /// <summary>Of n endpoints with distinct costs the dearest is never picked: the two draws are distinct.</summary>
    [Fact]
    public void Dearest_endpoint_is_never_picked() => Assert.Equal(0, new Fleet(0, 1, 2, 3).Picks(new PeakEwmaBalancer(Ms(10_000), Ms(30)), 10_000)[3]);

    /// <summary>30 ms have decayed below 5 ms after 10 s·ln 6 = 17.9 s.</summary>
    [Fact]
    public void Newcomer_among_faster_endpoints_gets_its_turn()
    {
        var balancer = new PeakEwmaBalancer(Ms(10_000), Ms(30));
        var fleet = Fleet.Idle(2);
        double? first = null;
        for (double at = 0; at < 30_000 && first is null; at += 10)
        {
            balancer.Observe(ref fleet.States.GetOrAdd(0), Ms(5), Ms(at));
            if (at == 0) fleet.States.GetOrAdd(0).Latency = Ms(5);
            if (fleet.Pick(balancer, Ms(at)) == 1) first = at;
        }
        Assert.InRange(first!.Value, 17_900, 18_000);
    }
}
