using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests.Health;

/// <summary>Ejection, accrual and active checks in a world: the ingress calls ten replicas in turn, every 10 ms.</summary>
public sealed class EjectionTests
{
    private const string Bad = "back-bad-0";

    private static readonly PolicyConfig RoundRobin = new()
    {
        LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin }, PanicThreshold = 0,
    };

    /// <summary>Envoy's no-traffic interval would put the second check off by a minute, for the first comes before any request.</summary>
    private static readonly HealthCheckConfig Check = new() { NoTrafficInterval = TimeSpan.FromSeconds(5) };

    private static readonly FaultPlanConfig Silence = new()
    {
        Name = "silence", At = TimeSpan.FromSeconds(7), For = TimeSpan.FromSeconds(30), Effect = new PauseEffect(),
        Target = new FaultTargetConfig { Service = "back", Version = "bad" },
    };

    /// <summary>Round robin over n replicas brings the fifth error of the bad one with at most 5n requests, and at least 4n + 1.</summary>
    [Fact]
    public void Bad_replica_of_ten_is_ejected_after_five_rounds_and_returns_on_a_tick()
    {
        var test = Run(100, RoundRobin with { OutlierDetection = new OutlierDetectionConfig() }, errors: 1);
        var ejections = test.Of(MeshEventKind.EndpointEjected).ToList();
        Assert.All(ejections, e => Assert.Equal((Bad, (int)EjectionReason.Consecutive5xx), (test.EndpointOf(e), e.Outcome)));
        int before = test.Of(MeshEventKind.AttemptStarted).Count(e => e.At < ejections[0].At);
        Assert.InRange(before, 41, 50);

        // It failed five more each time: away for 30 s, then for 60 s, each until the next tick.
        Assert.Equal([30.0, 60.0], ejections.Select(e => Seconds(e.Duration)));
        var back = Assert.Single(test.Of(MeshEventKind.EndpointReadmitted));
        long first = test.Of(MeshEventKind.RequestStarted).First().At;
        Assert.Equal(0, (ejections[0].At + back.Duration - first) % (10 * TimeSpan.TicksPerSecond));
        Assert.Equal(40, Seconds(ejections[0].At + back.Duration - first), 9);
        Assert.DoesNotContain(test.Of(MeshEventKind.AttemptStarted), e => e.At > ejections[0].At && e.At < back.At && test.EndpointOf(e) == Bad);
        Assert.Equal(10, test.Roots.Count(e => e.Outcome == 500));
    }

    [Fact]
    public void One_of_nine_is_never_ejected_by_default()
    {
        var test = Run(20, RoundRobin with { OutlierDetection = new OutlierDetectionConfig() }, errors: 1, good: 8);
        Assert.Empty(test.Of(MeshEventKind.EndpointEjected));
        Assert.Equal(test.Roots.Count() / 9.0, test.Roots.Count(e => e.Outcome == 500), 1.0);
    }

    [Fact]
    public void Success_rate_ejects_the_replica_that_fails_now_and_then()
    {
        var config = new OutlierDetectionConfig { Consecutive5xx = 0 };
        var test = Run(30, RoundRobin with { OutlierDetection = config }, errors: 0.3);
        var ejection = Assert.Single(test.Of(MeshEventKind.EndpointEjected));
        Assert.Equal((Bad, (int)EjectionReason.SuccessRate), (test.EndpointOf(ejection), ejection.Outcome));
        // 99 or 100 requests a replica in the first interval are about the volume; the tick of the second has seen 100 in any case.
        Assert.InRange(Seconds(ejection.At), 10, 20.1);
    }

    [Fact]
    public void Shut_replica_is_tried_once_after_each_penalty()
    {
        var accrual = new FailureAccrualConfig { JitterRatio = 0 };
        var test = Run(20, RoundRobin with { FailureAccrual = accrual }, errors: 1);
        var ejected = Assert.Single(test.Of(MeshEventKind.EndpointEjected));
        var tries = test.Of(MeshEventKind.AttemptStarted).Where(e => e.At > ejected.At && test.EndpointOf(e) == Bad).Select(e => Seconds(e.At - ejected.At)).ToList();
        // After 1 s, 2 s more, 4 s, 8 s; each try comes with its turn within ten requests, and takes its answer's time.
        Assert.Equal(4, tries.Count);
        Assert.All(tries.Zip([1.0, 3, 7, 15]), pair => Assert.InRange(pair.First, pair.Second, pair.Second + 0.6));
        Assert.Empty(test.Of(MeshEventKind.EndpointReadmitted));
    }

    [Fact]
    public void Silent_replica_fails_its_checks_and_is_called_again_after_two_passes()
    {
        var check = Check with { UnhealthyInterval = TimeSpan.FromSeconds(2) };
        var test = Run(60, RoundRobin with { HealthCheck = check, Timeout = TimeSpan.FromSeconds(1) }, errors: 0, faults: Silence);
        var changes = test.Of(MeshEventKind.HealthChanged).Where(e => Proxy(test, e) == World.Ingress).ToList();
        Assert.Equal([0, 1], changes.Select(e => e.Outcome));
        Assert.All(changes, e => Assert.Equal(Bad, test.EndpointOf(e)));
        // Asked at 10 s, 13 s (2 s after the time-out) and 16 s in vain.
        Assert.Equal(17, Seconds(changes[0].At), 1);
        Assert.InRange(Seconds(changes[1].At), 37 + 5, 37 + 3 + 5 + 0.1);
        Assert.DoesNotContain(test.Of(MeshEventKind.AttemptStarted), e => e.At > changes[0].At && e.At < changes[1].At && test.EndpointOf(e) == Bad);
        Assert.Contains(test.Of(MeshEventKind.AttemptStarted), e => e.At > changes[1].At && test.EndpointOf(e) == Bad);
    }

    [Fact]
    public void Slow_replica_passes_its_checks()
    {
        var slow = Silence with { Name = "slow", Effect = new SlowEffect { Factor = 100 } };
        var test = Run(30, RoundRobin with { HealthCheck = Check }, errors: 0, faults: slow);
        Assert.Empty(test.Of(MeshEventKind.HealthChanged));
    }

    [Fact]
    public void Every_proxy_that_knows_the_service_checks_it()
    {
        var test = Run(60, RoundRobin with { HealthCheck = Check }, errors: 0, faults: Silence with { Effect = new CrashEffect() });
        Assert.Equal(11, test.Of(MeshEventKind.HealthChanged).Where(e => e.Outcome == 0).Select(e => e.Proxy).Append(-1).Distinct().Count());
    }

    [Fact]
    public void World_with_ejection_and_checks_is_reproducible()
    {
        var policy = new PolicyConfig { OutlierDetection = new OutlierDetectionConfig { EnforcingConsecutive5xx = 0.5 }, HealthCheck = new HealthCheckConfig { IntervalJitterPercent = 0.5 } };
        Assert.Equal(Run(30, policy, errors: 0.8).Trace, Run(30, policy, errors: 0.8).Trace);
    }

    private static TestWorld Run(double seconds, PolicyConfig policy, double errors, int good = 9, params FaultPlanConfig[] faults)
    {
        var version = new VersionConfig { ServiceTime = Build.Constant(1), Workers = 4 };
        var service = new ServiceConfig
        {
            Name = "back",
            Versions = [version with { Name = "bad", Replicas = 1, ErrorRate = errors }, version with { Name = "good", Replicas = good }],
        };
        return TestWorld.Run(Build.World(seconds, [service], Build.Load("back", 100, seconds)) with
        {
            Mesh = new MeshConfig { Defaults = policy }, Faults = faults,
        });
    }

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;

    private static string Proxy(TestWorld test, in MeshEvent e) => test.Directory.Proxies[e.Proxy].Name;
}
