using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests;

public sealed class DeterminismTests
{
    /// <summary>Overloaded and impatient, so that every kind of decision occurs.</summary>
    private static WorldConfig Troubled(ulong seed) => new()
    {
        Seed = seed,
        Duration = TimeSpan.FromSeconds(21),   // a second longer than the load, so that what its callers gave up has ended too
        Zones = ["a", "b"],
        Network = new NetworkConfig
        {
            SameZone = new LinkConfig { Latency = new DistributionConfig { Mean = 0.0003, P99 = 0.001 } },
            CrossZone = new LinkConfig { Latency = new DistributionConfig { Mean = 0.001, P99 = 0.004 }, BitsPerSecond = 1e8, Loss = 0.001 },
        },
        Services =
        [
            Service("front", Exponential(2), replicas: 3, workers: 8, queue: 50, new CallStep { To = "middle", RequestBytes = 2000 }),
            Service("middle", Exponential(5), replicas: 2, workers: 4, queue: 20, new ParallelStep([new CallStep { To = "back" }, new SleepStep(Exponential(1))]))
                with { Hold = WorkerHold.WholeCall, StopsWhenAbandoned = true },
            Service("back", Exponential(8), replicas: 4, workers: 2, queue: 10) with { Discipline = QueueDiscipline.ProcessorSharing },
            Service("shadow", Exponential(1), replicas: 1, workers: 4, queue: 20),
        ],
        Mesh = new MeshConfig
        {
            Defaults = new PolicyConfig
            {
                Timeout = Ms(300),
                PerTryTimeout = Ms(60),
                Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError, BackoffBase = Ms(5), Budget = new ConcurrentBudgetConfig { Percent = 0.002, Interval = TimeSpan.FromSeconds(1) } },
                CircuitBreaker = new CircuitBreakerConfig { FailureRatio = 0.3, Window = TimeSpan.FromSeconds(2), OpenFor = TimeSpan.FromSeconds(1) },
                Limits = new LimitsConfig { MaxConnections = 30, MaxPendingRequests = 20 },
                DeadlinePropagation = true,
                PanicThreshold = 0.6,
                OutlierDetection = new OutlierDetectionConfig { Interval = TimeSpan.FromSeconds(1), BaseEjectionTime = TimeSpan.FromSeconds(1), MaxEjectionPercent = 0.7 },
                HealthCheck = new HealthCheckConfig { Interval = Ms(500), NoTrafficInterval = Ms(500), Timeout = Ms(100), UnhealthyThreshold = 2, UsesWorkers = true },
                AdmissionControl = new AdmissionControlConfig { Window = TimeSpan.FromSeconds(5) },
                AdaptiveConcurrency = new AdaptiveConcurrencyConfig { MinRttInterval = TimeSpan.FromSeconds(5) },
                RateLimit = new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 2000, Burst = 200 } },
                SlowStart = new SlowStartConfig { Window = TimeSpan.FromSeconds(2) },
                Hedge = new HedgeConfig { Delay = Ms(20) },
                Mirror = new MirrorConfig { To = "shadow", Percent = 0.1 },
                Authorization = new AuthorizationConfig { Audit = [new AuthorizationRule { From = [new SourceMatch { IpBlocks = new TextList { Values = ["10.1.0.0/16"] } }] }] },
            },
            Services = new Dictionary<string, PolicyConfig> { ["middle"] = new() { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Prequal } } },
        },
        Workloads = [Load("front", 700, 20, ArrivalProcess.Poisson) with { Timeout = Ms(150) }],
        Faults =
        [
            new FaultPlanConfig { Name = "slow", At = TimeSpan.FromSeconds(3), For = TimeSpan.FromSeconds(2), Target = new FaultTargetConfig { Service = "back" }, Effect = new MeshFaultEffect { Percent = 0.1, Delay = Exponential(10), Abort = new FaultAbort() } },
            new FaultPlanConfig { Name = "crash", At = TimeSpan.FromSeconds(6), For = TimeSpan.FromSeconds(1), Target = new FaultTargetConfig { Service = "front", Replicas = new ReplicaShare(1, 0) }, Effect = new CrashEffect() },
        ],
        Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(8), Service = "back", Replicas = 5 }, new ScaleConfig { At = TimeSpan.FromSeconds(12), Service = "back", Replicas = 3 }],
    };

    [Fact]
    public void The_same_seed_gives_the_same_decisions_and_another_seed_gives_others()
    {
        var first = TestWorld.Run(Troubled(42));
        var second = TestWorld.Run(Troubled(42));
        var other = TestWorld.Run(Troubled(43));

        Assert.Equal(first.Trace, second.Trace);
        Assert.NotEqual(first.Trace, other.Trace);
    }

    [Fact]
    public void Every_kind_of_decision_is_active_in_the_determinism_test()
    {
        var world = TestWorld.Run(Troubled(42));

        var occurred = world.Events.Select(e => e.Kind).Distinct().Order();
        Assert.Equal(Enum.GetValues<MeshEventKind>().Order(), occurred);
        foreach (var flag in new[] { ResponseFlags.UT, ResponseFlags.URX, ResponseFlags.CO, ResponseFlags.DC, ResponseFlags.UO })
            Assert.Contains(world.Events, e => e.Flags.HasFlag(flag));
        Assert.Contains(world.Of(MeshEventKind.SnapshotApplied), e => e.Outcome == 3);   // the start and two changes
    }

    [Fact]
    public void No_decision_runs_off_the_simulation_thread() =>
        Assert.Equal(Environment.CurrentManagedThreadId, Assert.Single(TestWorld.Run(Troubled(42)).Threads));

    [Fact]
    public void Every_request_and_every_attempt_that_starts_also_ends()
    {
        var world = TestWorld.Run(Troubled(42));

        Assert.Equal(world.Of(MeshEventKind.RequestStarted).Count(), world.Of(MeshEventKind.RequestEnded).Count());
        Assert.Equal(world.Of(MeshEventKind.AttemptStarted).Count(), world.Of(MeshEventKind.AttemptEnded).Count());
        Assert.Equal(world.Of(MeshEventKind.InboundStarted).Count(), world.Of(MeshEventKind.InboundEnded).Count());
        Assert.Equal(0, world.Result.Unanswered);
        Assert.Equal(world.Result.Sent, world.Roots.Count());
    }
}
