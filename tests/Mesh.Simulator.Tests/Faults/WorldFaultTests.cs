using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests.Faults;

/// <summary>Faults of replicas and of the network. One request every 100 ms, 10 ms of work each, unless a test says otherwise.</summary>
public sealed class WorldFaultTests
{
    private static readonly FaultTargetConfig Back = new() { Service = "back" };

    [Fact]
    public void Crash_breaks_what_is_in_progress_and_refuses_what_comes()
    {
        var test = Run(new CrashEffect(), Back);
        // At 1005 ms the request of 1000 ms is being worked on; later ones find nobody until 2005 ms.
        var flags = FlagsByStart(test);
        Assert.Equal(ResponseFlags.UC, flags[1000]);
        for (int at = 1100; at <= 2000; at += 100) Assert.Equal(ResponseFlags.UF, flags[at]);
        Assert.All(flags.Where(one => one.Key is < 1000 or > 2005), one => Assert.Equal(ResponseFlags.None, one.Value));
        Assert.Equal(0, test.Result.Unanswered);
        Assert.Equal((1, 1L), (test.Faults[0].Times, test.Faults[0].Count.Injected));
        Assert.Equal(["back-v1-0"], test.Faults[0].Replicas);
    }

    [Fact]
    public void Refusal_takes_one_round_trip()
    {
        var test = Run(new CrashEffect(), Back, config => config with { Network = Latency(3) });
        Assert.All(test.Roots.Where(e => e.Flags == ResponseFlags.UF), e => Assert.Equal(Ms(6), e.Duration));
    }

    [Fact]
    public void Deregistered_replica_is_called_no_more_until_it_is_back()
    {
        var test = Run(new CrashEffect { DeregisterAfter = Build.Ms(300) }, Back with { Replicas = new ReplicaShare(1, 0) }, Replicas(2));
        string crashed = Assert.Single(test.Faults[0].Replicas);
        var calls = test.Of(MeshEventKind.AttemptStarted).Where(e => test.EndpointOf(e) == crashed).Select(e => e.At).ToList();
        Assert.Contains(calls, at => at < Ms(1305) && at > Ms(1005));
        Assert.DoesNotContain(calls, at => at > Ms(1305) && at < Ms(2005));
        Assert.Contains(calls, at => at > Ms(2005));
    }

    [Fact]
    public void Crash_cancels_the_calls_that_the_replica_was_making()
    {
        var test = Run(new CrashEffect(), new FaultTargetConfig { Service = "front" }, config => config with
        {
            Services = [Build.Service("front", Build.Constant(0), script: new CallStep { To = "back" }), Build.Service("back", Build.Constant(50), workers: 4)],
            Workloads = [Build.Load("front", 10, 4)],
        });
        var cancelled = test.Of(MeshEventKind.RequestEnded).Where(e => e.Flags == ResponseFlags.DC).ToList();
        Assert.Equal((Ms(1005), "front"), (Assert.Single(cancelled).At, test.Directory.Services[test.Directory.Proxies[cancelled[0].Proxy].ServiceId]));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Fact]
    public void Paused_replica_answers_everything_afterwards()
    {
        var test = Run(new PauseEffect(), Back);
        var ends = test.Roots.ToDictionary(e => (e.At - e.Duration) / TimeSpan.TicksPerMillisecond, e => e.At / TimeSpan.TicksPerMillisecond);
        // The request of 1000 ms has 5 ms of work left when the pause begins, and ends 5 ms after it; the others queue behind it, 10 ms each.
        Assert.Equal(2010, ends[1000]);
        for (int i = 1; i <= 10; i++) Assert.Equal(2010 + 10 * i, ends[1000 + 100 * i]);
        Assert.All(test.Roots, e => Assert.Equal(200, e.Outcome));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Fact]
    public void Processor_sharing_stands_still_too()
    {
        var test = Run(new PauseEffect(), Back, config => config with { Services = [config.Services[0] with { Discipline = QueueDiscipline.ProcessorSharing }] });
        // Eleven requests share one worker from 2005 ms on; the first has 5 ms left, the others 10 ms: all done at 2005 + 105 ms, and a little later for the one of 2100 ms.
        Assert.InRange(test.Roots.Where(e => e.At - e.Duration <= Ms(2005)).Max(e => e.At), Ms(2110), Ms(2112));
        Assert.All(test.Roots, e => Assert.Equal(200, e.Outcome));
    }

    [Theory]
    [InlineData(5, 0, 50)]
    [InlineData(1, 30, 40)]
    [InlineData(2, 30, 50)]
    public void Slow_replica_works_longer_on_what_arrives_meanwhile(double factor, double delay, double expected)
    {
        var test = Run(new SlowEffect { Factor = factor, Delay = delay > 0 ? Build.Constant(delay) : null }, Back);
        foreach (var e in test.Roots) Assert.Equal(e.At - e.Duration is var at && at > Ms(1005) && at < Ms(2005) ? Ms(expected) : Ms(10), e.Duration);
        Assert.Equal((expected - 10) / 1000, test.Faults[0].Count.DelayTicks / TimeSpan.TicksPerSecond / test.Faults[0].Count.Delayed, 9);
    }

    [Fact]
    public void Ramp_slows_little_by_little()
    {
        var test = Run(new SlowEffect { Factor = 3 }, Back, ramp: 1000);
        // Level 0.495 at 1500 ms: 10 ms x (1 + 0.495 x 2).
        Assert.Equal(Ms(19.9), test.Roots.Single(e => e.At - e.Duration == Ms(1500)).Duration);
    }

    [Theory]
    [InlineData(0, 0.5, 2)]
    [InlineData(1, 0, 1)]
    [InlineData(3, 0, 3)]
    [InlineData(9, 0, 4)]
    [InlineData(0, 0.01, 1)]
    [InlineData(0, 1, 4)]
    public void So_many_replicas_are_hit(int count, double share, int expected)
    {
        var test = Run(new SlowEffect { Factor = 2 }, Back with { Replicas = new ReplicaShare(count, share) }, Replicas(4));
        Assert.Equal(expected, test.Faults[0].Replicas.Count);
    }

    [Fact]
    public void Smaller_share_is_among_the_larger_one()
    {
        IReadOnlyList<string> Hit(double share) => Run(new SlowEffect { Factor = 2 }, Back with { Replicas = new ReplicaShare(0, share) }, Replicas(8)).Faults[0].Replicas;
        Assert.Subset(Hit(0.75).ToHashSet(), Hit(0.25).ToHashSet());
    }

    [Fact]
    public void Zone_outage_loses_what_is_inside_and_lets_nothing_through()
    {
        var test = Run(new OutageEffect(), new FaultTargetConfig { Zone = "b" }, config => Zones(config) with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Timeout = Build.Ms(300) } },
        });
        var flags = FlagsByStart(test);
        // Without an answer of any kind each request runs into its deadline, the one in progress too.
        for (int at = 1000; at < 1700; at += 100) Assert.Equal(ResponseFlags.UT, flags[at]);
        Assert.All(flags.Where(one => one.Key is < 1000 or > 2800), one => Assert.Equal(ResponseFlags.None, one.Value));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Fact]
    public void Request_lost_in_an_outage_learns_of_it_when_the_zone_is_back()
    {
        var test = Run(new OutageEffect(), new FaultTargetConfig { Zone = "b" }, Zones);
        var lost = test.Roots.Single(e => e.At - e.Duration == Ms(1000));
        Assert.Equal((503, ResponseFlags.UC), (lost.Outcome, lost.Flags));
        Assert.InRange(lost.At, Ms(2005), Ms(3005));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Fact]
    public void New_connection_over_a_partition_runs_into_the_connect_timeout()
    {
        var test = Run(new PartitionEffect(), new FaultTargetConfig { Link = new LinkTargetConfig("ingress", "back") }, config => config with
        {
            // Nobody has called before: the first request needs a connection.
            Workloads = [config.Workloads[0] with { Stages = [new StageConfig { For = Build.Ms(1050), Rate = 0 }, new StageConfig { For = Build.Ms(450), Rate = 10 }] }],
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Limits = new LimitsConfig { ConnectTimeout = Build.Ms(250) } } },
        });
        var first = test.Roots.OrderBy(e => e.At).First();
        Assert.Equal((503, ResponseFlags.UF, Ms(250)), (first.Outcome, first.Flags, first.Duration));
    }

    [Fact]
    public void Message_over_a_known_connection_comes_late_by_retransmission()
    {
        var test = Run(new PartitionEffect(), new FaultTargetConfig { Link = new LinkTargetConfig("ingress", "back") });
        // Sent at 1100 ms, again after 200, 600 and 1400 ms: the last gets through, the fault ended at 2005 ms.
        Assert.Equal(Ms(1400 + 10), test.Roots.Single(e => e.At - e.Duration == Ms(1100)).Duration);
        Assert.All(test.Roots, e => Assert.Equal(200, e.Outcome));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Theory]
    [InlineData("ingress", "back", true, 1010)]    // the answer to what was sent at 1000 ms comes on time
    [InlineData("back", "ingress", true, 2410)]    // it is sent again after 200, 600 and 1400 ms
    [InlineData("ingress", "back", false, 2410)]
    public void One_way_partition_cuts_one_way(string from, string to, bool oneWay, double end)
    {
        var test = Run(new PartitionEffect { OneWay = oneWay }, new FaultTargetConfig { Link = new LinkTargetConfig(from, to) });
        Assert.Equal(Ms(end), test.Roots.Single(e => e.At - e.Duration == Ms(1000)).At);
    }

    [Fact]
    public void Flapping_partition_lets_through_in_between()
    {
        var test = Run(new PartitionEffect { Flap = Build.Ms(100) }, new FaultTargetConfig { Link = new LinkTargetConfig("ingress", "back") }, period: 40);
        var inbound = test.Of(MeshEventKind.InboundStarted).Select(e => e.At).ToList();
        Assert.DoesNotContain(inbound, at => at > Ms(1006) && at < Ms(1105));
        Assert.Contains(inbound, at => at >= Ms(1105) && at < Ms(1205));
    }

    [Fact]
    public void Slow_link_adds_its_latency_both_ways()
    {
        var test = Run(new LinkEffect { Delay = Build.Constant(20) }, new FaultTargetConfig { Link = new LinkTargetConfig("ingress", "back") });
        foreach (int at in (int[])[500, 1500, 2500]) Assert.Equal(Ms(at == 1500 ? 50 : 10), test.Roots.Single(e => e.At - e.Duration == Ms(at)).Duration);
    }

    [Fact]
    public void Lossy_link_costs_retransmission_timeouts()
    {
        var test = Run(new LinkEffect { Loss = 0.3 }, new FaultTargetConfig { Link = new LinkTargetConfig("ingress", "back") }, period: 5, workers: 64);
        var during = test.Roots.Where(e => e.At - e.Duration is var at && at > Ms(1005) && at < Ms(1990)).Select(e => e.Duration).ToList();
        Assert.All(during, time => Assert.True((time - Ms(10)) % Ms(200) == 0));
        Assert.InRange(during.Count(time => time > Ms(10)) / (double)during.Count, 0.35, 0.67);   // 1 - 0.7², 197 requests, 4 deviations
    }

    [Fact]
    public void Repeated_fault_comes_back_and_ends_each_time()
    {
        var test = Run(new CrashEffect(), Back, every: 1500);
        var phases = test.Of(MeshEventKind.FaultPhase).Select(e => (e.At / TimeSpan.TicksPerMillisecond, e.Outcome));
        Assert.Equal([(1005, 1), (2005, 0), (2505, 1), (3505, 0)], phases);
        Assert.Equal(2, test.Faults[0].Times);
    }

    [Fact]
    public void Two_crashes_of_one_replica_may_overlap()
    {
        var plan = Plan(new CrashEffect(), Back);
        var config = Config(10, 1) with { Faults = [plan, plan with { Name = "other", At = Build.Ms(1500), For = Build.Ms(1000) }] };
        var flags = FlagsByStart(TestWorld.Run(config));
        Assert.All(flags.Where(one => one.Key is > 1005 and < 2500), one => Assert.Equal(ResponseFlags.UF, one.Value));
        Assert.All(flags.Where(one => one.Key > 2500), one => Assert.Equal(ResponseFlags.None, one.Value));
    }

    [Fact]
    public void Every_effect_repeats_to_the_last_decision()
    {
        FaultPlanConfig[] plans =
        [
            Plan(new CrashEffect { DeregisterAfter = Build.Ms(200) }, Back with { Replicas = new ReplicaShare(1, 0) }, "crash"),
            Plan(new PauseEffect(), Back with { Replicas = new ReplicaShare(0, 0.5) }, "pause"),
            Plan(new SlowEffect { Factor = 3, Delay = Build.Exponential(5) }, Back, "slow"),
            Plan(new OutageEffect(), new FaultTargetConfig { Zone = "b" }, "outage"),
            Plan(new LinkEffect { Loss = 0.1, Delay = Build.Exponential(3) }, new FaultTargetConfig { Link = new LinkTargetConfig("a", "b") }, "link"),
        ];
        var config = Config(5, 4) with { Faults = [.. plans.Select((plan, i) => plan with { At = Build.Ms(500 + 300 * i), Every = Build.Ms(1700) })] };
        config = Replicas(4)(Zones(config)) with { Mesh = new MeshConfig { Defaults = new PolicyConfig { Timeout = Build.Ms(200), Retries = new RetryConfig() } } };
        var first = TestWorld.Run(config);
        Assert.Equal(first.Trace, TestWorld.Run(config).Trace);
        Assert.Equal(0, first.Result.Unanswered);
        Assert.Equal(first.Of(MeshEventKind.RequestStarted).Count(), first.Of(MeshEventKind.RequestEnded).Count());
    }

    private static TestWorld Run(FaultEffect effect, FaultTargetConfig target, Func<WorldConfig, WorldConfig>? change = null, double ramp = 0, double? every = null, double period = 100, int workers = 1)
    {
        var plan = Plan(effect, target) with { Ramp = Build.Ms(ramp), Every = every is { } time ? Build.Ms(time) : null };
        var config = Config(period, workers) with { Faults = [plan] };
        return TestWorld.Run(change?.Invoke(config) ?? config);
    }

    private static FaultPlanConfig Plan(FaultEffect effect, FaultTargetConfig target, string name = "fault") =>
        new() { Name = name, At = Build.Ms(1005), For = Build.Ms(1000), Target = target, Effect = effect };

    private static WorldConfig Config(double period, int workers) =>
        Build.World(4, [Build.Service("back", Build.Constant(10), workers: workers)], Build.Load("back", 1000 / period, 4));

    private static Func<WorldConfig, WorldConfig> Replicas(int count) => config => config with
    {
        Services = [config.Services[0] with { Versions = [config.Services[0].Versions[0] with { Replicas = count }] }],
    };

    /// <summary>The ingress stands in zone a, the replica in zone b.</summary>
    private static WorldConfig Zones(WorldConfig config) => config with
    {
        Zones = ["a", "b"],
        Services = [config.Services[0] with { Versions = [config.Services[0].Versions[0] with { Zones = new Dictionary<string, int> { ["b"] = 1 } }] }],
    };

    private static NetworkConfig Latency(double milliseconds) => new() { MutualTls = false, SameZone = new LinkConfig { Latency = Build.Constant(milliseconds) } };

    private static Dictionary<int, ResponseFlags> FlagsByStart(TestWorld test) =>
        test.Roots.ToDictionary(e => (int)((e.At - e.Duration) / TimeSpan.TicksPerMillisecond), e => e.Flags);

    private static long Ms(double milliseconds) => (long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond);
}
