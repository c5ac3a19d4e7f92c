using CsCheck;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Prequal;

public class PrequalTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    private static ProbePool Pool(params (int Endpoint, int InFlight, long Latency)[] probes)
    {
        var pool = new ProbePool(16, Second, 0.5);
        foreach (var (endpoint, inFlight, latency) in probes) pool.Add(endpoint, new ProbeReport(inFlight, latency), 0, uses: 10);
        return pool;
    }

    /// <summary>The median of 1, 2, 3, 9 is 2: above it is hot.</summary>
    [Fact]
    public void Fastest_of_the_cold_is_taken() => Assert.Equal(2, Pool((1, 1, 50), (2, 2, 20), (3, 3, 10), (4, 9, 5)).Take());

    [Fact]
    public void Fewest_in_flight_are_taken_where_all_are_hot()
    {
        var pool = Pool((1, 1, 50));
        for (int i = 0; i < 40; i++) pool.Add(9, new ProbeReport(0, 1), 0, 1);   // the quantile is 0 now
        pool.Retain(new Dictionary<int, int>());
        pool.Add(5, new ProbeReport(7, 10), 0, 9);
        pool.Add(6, new ProbeReport(4, 90), 0, 9);
        Assert.Equal(0, pool.Threshold);
        Assert.Equal(6, pool.Take());
    }

    [Fact]
    public void Request_sent_counts_in_the_answer_until_it_is_used_up()
    {
        var pool = new ProbePool(16, Second, 0);
        pool.Add(1, new ProbeReport(0, 10), 0, uses: 2);
        pool.Add(2, new ProbeReport(0, 20), 0, uses: 2);
        Assert.Equal([1, 2, 1, 2], Enumerable.Range(0, 4).Select(_ => pool.Take()));   // hot once it has one more than the quantile, 0
        Assert.Equal(0, pool.Count);
    }

    [Fact]
    public void Answers_grow_old_and_the_oldest_makes_room()
    {
        var pool = new ProbePool(2, Second, 0.5);
        for (int i = 0; i < 3; i++) pool.Add(i, new ProbeReport(0, 10 - i), i * Second / 2, 10);
        Assert.Equal(2, pool.Count);
        pool.Age(Second / 2 + Second + 1);
        Assert.Equal(1, pool.Count);
        Assert.Equal(2, pool.Take());
    }

    [Fact]
    public void Worst_and_oldest_are_dropped_in_turn()
    {
        var pool = Pool((1, 0, 10), (2, 9, 1), (3, 0, 30), (4, 0, 20));
        pool.Remove();   // the only hot one
        pool.Remove();   // the oldest
        pool.Remove();   // the slowest of the cold
        Assert.Equal(1, pool.Count);
        Assert.Equal(4, pool.Take());
    }

    [Fact]
    public void Quantile_is_that_of_the_last_64() => Gen.Select(Gen.Int[0, 30].Array[1, 200], Gen.Double[0, 1]).Sample((values, quantile) =>
    {
        var window = new InFlightQuantile();
        foreach (int value in values) window.Add(value);
        int[] last = [.. values.TakeLast(64).Order()];
        Assert.Equal(last[Math.Max(0, (int)Math.Ceiling(quantile * last.Length) - 1)], window.At(quantile));
    });

    [Fact]
    public void Server_reports_the_median_of_what_met_as_many_as_it_has_now()
    {
        var load = new ServerLoad();
        Assert.Equal(new ProbeReport(0, 0), load.Report(0));   // and remembers from now on
        foreach (var (met, latency) in ((int, long)[])[(0, 10), (0, 30), (0, 20), (5, 900), (5, 800), (5, 700)])
        {
            load.Enter();
            load.Leave(met, now: 100, latency);
        }
        Assert.Equal(new ProbeReport(0, 20), load.Report(100));
        for (int i = 0; i < 4; i++) Assert.Equal(i, load.Enter());
        Assert.Equal(new ProbeReport(4, 800), load.Report(100));
        Assert.Equal(new ProbeReport(4, 0), load.Report(100 + 6 * Second));   // what is older than 5 s says nothing
    }

    /// <summary>One endpoint is hot for reasons that this proxy cannot see: probes tell it.</summary>
    [Fact]
    public void Load_of_others_is_seen_through_probes()
    {
        var config = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Prequal };
        int[] picks = Fleet.Idle(10).Picks(new PrequalBalancer(config, new OneIsBusy()), 2000);
        Assert.InRange(picks[3], 0, 20);
        Assert.All(picks.Where((_, i) => i != 3), count => Assert.InRange(count, 100, 400));
    }

    [Fact]
    public void Answers_count_when_they_have_come_and_age_from_then()
    {
        var probe = new Later();
        var balancer = new PrequalBalancer(new LoadBalancerConfig { ProbesPerPick = 3 }, probe);
        var fleet = Fleet.Idle(40);
        fleet.Pick(balancer);
        Assert.Equal((3, 0), (probe.Asked, balancer.Pool.Count));
        probe.Answer(_ => new ProbeReport(1, 100), now: Second);
        fleet.Pick(balancer, now: 2 * Second);      // as old as an answer may be
        Assert.NotEqual(0, balancer.Pool.Count);
        fleet.Pick(balancer, now: 2 * Second + 1);
        Assert.Equal(0, balancer.Pool.Count);
    }

    [Fact]
    public void Answers_of_a_long_pause_fill_one_pool_and_no_more()
    {
        var probe = new Later();
        var balancer = new PrequalBalancer(new LoadBalancerConfig { ProbesPerPick = 3, ProbePool = 8 }, probe);
        var fleet = Fleet.Idle(40);
        for (int i = 0; i < 50; i++) fleet.Pick(balancer);
        probe.Answer(endpoint => new ProbeReport(1, endpoint), now: 0);
        fleet.Pick(balancer);
        Assert.InRange(balancer.Pool.Count, 6, 8);      // one was used, and one dropped
    }

    /// <summary>The defaults that the paper's reproductions name: 3 probes a query, a pool of 16, an age of 1 s, one removed, a surplus of 1, a quantile of 0.84.</summary>
    [Theory]
    [InlineData(100, 3, 16, 2 / (0.84 * 3 - 1))]
    [InlineData(20, 3, 16, int.MaxValue)]      // (1 - 16/20) * 3 < 1: only age ends an answer
    [InlineData(1000, 16, 16, 1)]
    public void Answer_is_used_as_often_as_the_paper_s_formula_says(int endpoints, int probes, int pool, double uses)
    {
        var config = new LoadBalancerConfig { ProbesPerPick = probes, ProbePool = pool };
        Assert.Equal(uses, new PrequalBalancer(config, null).Uses(endpoints), 1e-12);
        Assert.Equal((3, 16, TimeSpan.FromSeconds(1), 0.84), (new LoadBalancerConfig().ProbesPerPick, new LoadBalancerConfig().ProbePool, new LoadBalancerConfig().ProbeMaxAge, new LoadBalancerConfig().HotQuantile));
    }

    [Fact]
    public void Without_answers_the_draw_is_uniform() =>
        Fleet.AssertUniform(Fleet.Idle(7).Picks(new PrequalBalancer(new LoadBalancerConfig(), new Silence()), 20_000));

    [Fact]
    public void Endpoint_that_left_is_not_picked_from_the_pool()
    {
        var balancer = new PrequalBalancer(new LoadBalancerConfig(), null);
        var fleet = Fleet.Idle(20);
        fleet.Picks(balancer, 50);
        balancer.Update(fleet.Endpoints[..2]);
        Assert.True(balancer.Pool.Count <= 16);
        for (; balancer.Pool.Count > 0; balancer.Pool.Remove()) Assert.Contains(balancer.Pool.Take(), (int[])[0, 10]);
    }

    private sealed class OneIsBusy : IEndpointProbe
    {
        public void Probe(int proxy, int endpoint, ulong key, IProbeListener listener) =>
            listener.Answered(endpoint, key, endpoint == 30 ? new ProbeReport(50, 900) : new ProbeReport(1, 100), 0);
    }

    private sealed class Silence : IEndpointProbe
    {
        public void Probe(int proxy, int endpoint, ulong key, IProbeListener listener)
        {
        }
    }

    /// <summary>Keeps the questions, to be answered when the test likes.</summary>
    private sealed class Later : IEndpointProbe
    {
        private readonly List<(int Endpoint, ulong Key, IProbeListener Listener)> _asked = [];

        public int Asked => _asked.Count;

        public void Probe(int proxy, int endpoint, ulong key, IProbeListener listener) => _asked.Add((endpoint, key, listener));

        public void Answer(Func<int, ProbeReport> report, long now)
        {
            foreach (var (endpoint, key, listener) in _asked) listener.Answered(endpoint, key, report(endpoint), now);
            _asked.Clear();
        }
    }
}
