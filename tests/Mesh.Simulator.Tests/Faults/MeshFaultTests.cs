using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests.Faults;

/// <summary>Faults that sidecars inject. One request every 100 ms, 10 ms of work each; the fault is in force from 1005 to 2005 ms.</summary>
public sealed class MeshFaultTests
{
    private static readonly MeshFaultEffect Abort = new() { Abort = new FaultAbort { Status = 418 } };
    private static readonly MeshFaultEffect Delay = new() { Delay = Build.Constant(30) };

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Delay_holds_every_request_while_it_is_in_force(FaultSite site)
    {
        var test = Run(Delay with { Site = site });
        foreach (var e in test.Roots)
        {
            bool during = InForce(e);
            Assert.Equal(Ms(during ? 40 : 10), e.Duration);
            Assert.Equal(200, e.Outcome);
            Assert.Equal(during && site != FaultSite.Server ? ResponseFlags.DI : ResponseFlags.None, e.Flags);
        }
        var injected = test.Of(MeshEventKind.FaultInjected).ToList();
        Assert.Equal(10, injected.Count);
        Assert.All(injected, e => Assert.Equal(((int)FaultKind.Delay, Ms(30), site == FaultSite.Request ? -1 : 0), (e.Outcome, e.Duration, e.Endpoint)));
        var measured = test.Faults[0];
        Assert.Equal((10L, 10L, 10L, 10.0), (measured.Count.Eligible, measured.Count.Injected, measured.Count.Delayed, measured.Count.Requested));
        Assert.Equal(measured.RequestedDelay, measured.Count.DelayTicks / measured.Count.Delayed / TimeSpan.TicksPerSecond);
    }

    [Theory]
    [InlineData(FaultSite.Request, ResponseFlags.FI, 0)]
    [InlineData(FaultSite.Attempt, ResponseFlags.FI, 0)]
    [InlineData(FaultSite.Server, ResponseFlags.None, 1)]
    public void Abort_answers_in_the_place_of_the_service(FaultSite site, ResponseFlags flags, int inbound)
    {
        var test = Run(Abort with { Site = site });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((418, flags, 0L), (e.Outcome, e.Flags, e.Duration)));
        Assert.All(test.Roots.Where(e => !InForce(e)), e => Assert.Equal((200, ResponseFlags.None), (e.Outcome, e.Flags)));
        Assert.Equal(10 * inbound, test.Of(MeshEventKind.InboundEnded).Count(e => e.Outcome == 418));
        Assert.Equal((10L, 10L), (test.Faults[0].Count.Aborted, test.Faults[0].Count.Injected));
    }

    [Theory]
    [InlineData(FaultSite.Request, 0)]
    [InlineData(FaultSite.Attempt, 3)]
    [InlineData(FaultSite.Server, 3)]
    public void Retries_see_a_fault_at_the_attempt_and_the_server_only(FaultSite site, int attempts)
    {
        var test = Run(new MeshFaultEffect { Site = site, Abort = new FaultAbort() }, change: config => config with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Retries = new RetryConfig { Attempts = 2, BackoffBase = Build.Ms(1) } } },
        });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((503, attempts), (e.Outcome, e.Attempt + 1)));
        Assert.Equal(10 * Math.Max(1, attempts), test.Of(MeshEventKind.FaultInjected).Count());
    }

    [Theory]
    [InlineData(FaultSite.Request, false)]
    [InlineData(FaultSite.Attempt, true)]
    [InlineData(FaultSite.Server, true)]
    public void Reset_is_a_reset_to_its_caller(FaultSite site, bool retried)
    {
        var test = Run(new MeshFaultEffect { Site = site, Abort = new FaultAbort { Reset = true } }, change: config => config with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Retries = new RetryConfig { Attempts = 1, On = RetryOn.Reset, BackoffBase = Build.Ms(1) } } },
        });
        Assert.All(test.Roots.Where(e => InForce(e)), e =>
        {
            Assert.Equal(503, e.Outcome);
            Assert.True(e.Flags.HasFlag(ResponseFlags.UR));
            Assert.Equal(retried, e.Flags.HasFlag(ResponseFlags.URX));
        });
    }

    [Theory]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Grpc_status_comes_under_200_and_counts_as_what_it_stands_for(FaultSite site)
    {
        var test = Run(new MeshFaultEffect { Site = site, Abort = new FaultAbort { GrpcStatus = 14 } });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal(503, e.Outcome));   // UNAVAILABLE
    }

    [Fact]
    public void Delay_at_the_attempt_ends_with_the_per_try_timeout()
    {
        var test = Run(Delay with { Delay = Build.Constant(500) }, change: config => config with { Mesh = new MeshConfig { Defaults = new PolicyConfig { PerTryTimeout = Build.Ms(50) } } });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((504, ResponseFlags.UT | ResponseFlags.DI, Ms(50)), (e.Outcome, e.Flags, e.Duration)));
    }

    [Fact]
    public void Delay_at_the_request_comes_before_the_total_deadline()
    {
        var test = Run(Delay with { Site = FaultSite.Request, Delay = Build.Constant(500) }, change: config => config with { Mesh = new MeshConfig { Defaults = new PolicyConfig { Timeout = Build.Ms(50) } } });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((200, ResponseFlags.DI, Ms(510)), (e.Outcome, e.Flags, e.Duration)));
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    public void Delay_ends_with_a_caller_that_gives_up(FaultSite site)
    {
        var test = Run(Delay with { Site = site, Delay = Build.Constant(500) }, change: config => config with { Workloads = [config.Workloads[0] with { Timeout = Build.Ms(70) }] });
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((0, ResponseFlags.DC | ResponseFlags.DI, Ms(70)), (e.Outcome, e.Flags, e.Duration)));
        Assert.Equal(0, test.Result.Unanswered);
    }

    [Fact]
    public void Connection_survives_a_delay_and_an_abort()
    {
        // With a handshake of 2 ms each way, a request over a new connection takes longer than one over a known one.
        var test = Run(Delay, change: config => config with { Network = new NetworkConfig { MutualTls = false, SameZone = new LinkConfig { Latency = Build.Constant(2) } } });
        Assert.Single(test.Of(MeshEventKind.ConnectionOpened));
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Bandwidth_stretches_the_body(FaultSite site)
    {
        var test = Run(new MeshFaultEffect { Site = site, Body = new BodyFault { BytesPerSecond = 1024 } }, change: Bodies(1024));
        Assert.All(test.Roots, e => Assert.Equal((200, Ms(InForce(e) ? 1010 : 10)), (e.Outcome, e.Duration)));
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Truncated_body_breaks_off(FaultSite site)
    {
        var test = Run(new MeshFaultEffect { Site = site, Body = new BodyFault { BytesPerSecond = 1024, TruncateAfter = 0.25 } }, change: Bodies(1024));
        Assert.All(test.Roots.Where(e => InForce(e)), e => Assert.Equal((0, ResponseFlags.UC, Ms(260)), (e.Outcome, e.Flags, e.Duration)));
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Damaged_body_is_a_success_to_the_mesh_and_a_failure_to_the_application(FaultSite site)
    {
        var test = Run(new MeshFaultEffect { Site = site, Body = new BodyFault { Corrupt = true } }, change: config => Bodies(100)(config) with
        {
            Services = [Build.Service("front", Build.Constant(0), workers: 4, script: new CallStep { To = "back" }), Bodies(100)(config).Services[0]],
            Workloads = [Build.Load("front", 10, 4)],
        });
        Assert.All(test.Roots, e => Assert.Equal(InForce(e) ? 500 : 200, e.Outcome));
        Assert.All(test.Of(MeshEventKind.RequestEnded).Where(e => test.Directory.Services[e.Service] == "back"), e => Assert.Equal(200, e.Outcome));
    }

    [Theory]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Only_the_chosen_replicas_are_hit(FaultSite site)
    {
        var test = Run(Abort with { Site = site }, target => target with { Replicas = new ReplicaShare(1, 0) }, config => config with
        {
            Services = [config.Services[0] with { Versions = [config.Services[0].Versions[0] with { Replicas = 3 }] }],
        });
        string hit = Assert.Single(test.Faults[0].Replicas);
        foreach (var e in test.Of(MeshEventKind.AttemptEnded).Where(e => InForce(e)))
            Assert.Equal(test.EndpointOf(e) == hit ? 418 : 200, e.Outcome);
    }

    [Fact]
    public void Replica_that_joins_the_version_is_hit_too()
    {
        var test = Run(Abort, target => target with { Version = "v1" }, config => config with { Scale = [new ScaleConfig { At = Build.Ms(1300), Service = "back", Replicas = 2 }] });
        Assert.All(test.Of(MeshEventKind.AttemptEnded).Where(e => InForce(e)), e => Assert.Equal(418, e.Outcome));
        Assert.Equal(2, test.Faults[0].Replicas.Count);
    }

    [Fact]
    public void Only_the_named_caller_is_hit()
    {
        var test = Run(Abort, target => target with { Caller = "front" }, config => config with
        {
            Services = [config.Services[0], Build.Service("front", Build.Constant(0), workers: 4, script: new CallStep { To = "back" })],
            Workloads = [config.Workloads[0], Build.Load("front", 10, 4)],
        });
        foreach (var e in test.Of(MeshEventKind.RequestEnded).Where(e => test.Directory.Services[e.Service] == "back" && InForce(e)))
            Assert.Equal(test.Directory.Proxies[e.Proxy].Name == World.Ingress ? 200 : 418, e.Outcome);
    }

    [Fact]
    public void No_more_than_max_active_are_held_at_once()
    {
        var test = Run(Delay with { Delay = Build.Constant(250), MaxActive = 2 }, change: config => config);
        var spans = test.Roots.Where(e => e.Flags.HasFlag(ResponseFlags.DI)).Select(e => (From: e.At - e.Duration, To: e.At)).ToList();
        Assert.All(spans, span => Assert.True(spans.Count(other => other.From <= span.From && other.To > span.From) <= 2));
        Assert.True(test.Faults[0].Count.Overflowed > 0);
        Assert.Equal(10, test.Faults[0].Count.Overflowed + test.Faults[0].Count.Injected);
    }

    [Fact]
    public void First_requests_fail_and_no_other()
    {
        var test = Run(Abort with { FirstRequests = 3 });
        Assert.Equal([1100, 1200, 1300], test.Roots.Where(e => e.Outcome == 418).Select(e => (e.At - e.Duration) / TimeSpan.TicksPerMillisecond));
    }

    [Fact]
    public void Faults_active_repeat_to_the_last_decision()
    {
        var effect = new MeshFaultEffect
        {
            Percent = 0.5, Delay = Build.Exponential(20), Abort = new FaultAbort(), AbortPercent = 0.3, MaxActive = 3,
            Body = new BodyFault { BytesPerSecond = 4096 },
        };
        WorldConfig Change(WorldConfig config) => Bodies(200)(config) with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { PerTryTimeout = Build.Ms(60), Retries = new RetryConfig(), Hedge = new HedgeConfig() } },
        };
        var first = Run(effect, change: Change);
        Assert.Equal(first.Trace, Run(effect, change: Change).Trace);
        Assert.NotEmpty(first.Of(MeshEventKind.FaultInjected));
        Assert.Equal(0, first.Result.Unanswered);
    }

    private static TestWorld Run(MeshFaultEffect effect, Func<FaultTargetConfig, FaultTargetConfig>? target = null, Func<WorldConfig, WorldConfig>? change = null)
    {
        var where = new FaultTargetConfig { Service = "back" };
        var config = Build.World(4, [Build.Service("back", Build.Constant(10), workers: 100)], Build.Load("back", 10, 4)) with
        {
            Faults = [new FaultPlanConfig { Name = "fault", At = Build.Ms(1005), For = Build.Ms(1000), Target = target?.Invoke(where) ?? where, Effect = effect }],
        };
        return TestWorld.Run(change?.Invoke(config) ?? config);
    }

    private static Func<WorldConfig, WorldConfig> Bodies(long bytes) => config => config with
    {
        Services = [config.Services[0] with { Classes = [new RequestClassConfig { Path = "/", ResponseBytes = bytes }] }],
    };

    /// <summary>Whether the request or attempt began while the fault was in force.</summary>
    private static bool InForce(in MeshEvent e) => e.At - e.Duration is var at && at >= Ms(1005) && at < Ms(2005);

    private static long Ms(double milliseconds) => (long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond);
}
