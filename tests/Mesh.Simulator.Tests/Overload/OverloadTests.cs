using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Overload;

/// <summary>Policies against overload, in the whole path: what the callee's and the caller's sidecars do, and what is left of it for the application.</summary>
public class OverloadTests
{
    private static WorldConfig Config(PolicyConfig policy, ServiceConfig service, double seconds, params WorkloadConfig[] load) =>
        World(seconds, [service], load) with { Mesh = new MeshConfig { Defaults = policy } };

    /// <summary>Ten workers, exponential 10 ms: 1000 requests a second at the most, in a queue without an end.</summary>
    private static ServiceConfig TenWorkers => Service("s", Exponential(10), workers: 10);

    private static double MedianMs(IEnumerable<MeshEvent> ends)
    {
        long[] sorted = [.. ends.Select(e => e.Duration).Order()];
        return sorted[sorted.Length / 2] / (double)TimeSpan.TicksPerMillisecond;
    }

    [Theory]
    [InlineData(ConcurrencyAlgorithm.Gradient)]
    [InlineData(ConcurrencyAlgorithm.Vegas)]
    [InlineData(ConcurrencyAlgorithm.Gradient2)]
    public void Overloaded_service_keeps_its_latency_with_adaptive_concurrency(ConcurrencyAlgorithm algorithm)
    {
        var load = Load("s", 1500, 20, ArrivalProcess.Poisson);
        var alone = TestWorld.Run(Config(new PolicyConfig(), TenWorkers, 20, load));
        Assert.True(MedianMs(alone.Roots) > 1000);

        var limit = new AdaptiveConcurrencyConfig { Algorithm = algorithm, Window = algorithm == ConcurrencyAlgorithm.Gradient ? TimeSpan.Zero : TimeSpan.FromSeconds(1) };
        var limited = TestWorld.Run(Config(new PolicyConfig { AdaptiveConcurrency = limit }, TenWorkers, 20, load));
        var late = limited.Roots.Where(e => e.At > 10 * TimeSpan.TicksPerSecond).ToArray();
        var good = late.Where(e => e.Outcome == 200).ToArray();
        Assert.InRange(MedianMs(good), 5, 60);
        Assert.InRange(good.Length / 10.0, 800, 1060);                                          // nearly all that ten workers can do
        Assert.All(late.Where(e => e.Outcome != 200), e => Assert.Equal(503, e.Outcome));
        Assert.Contains(limited.Of(MeshEventKind.InboundEnded), e => e.Flags == ResponseFlags.OM);
        Assert.True(MedianMs(late.Where(e => e.Outcome == 503)) < 2);                           // refused at once
    }

    [Fact]
    public void Each_change_of_the_limit_is_reported()
    {
        var run = TestWorld.Run(Config(new PolicyConfig { AdaptiveConcurrency = new AdaptiveConcurrencyConfig() }, TenWorkers, 5, Load("s", 900, 5)));
        int[] limits = [.. run.Of(MeshEventKind.ConcurrencyLimitChanged).Select(e => e.Outcome)];
        Assert.Equal(3, limits[0]);
        Assert.True(limits.Length > 5);
        Assert.All(limits, limit => Assert.InRange(limit, 3, 1000));
        Assert.All(limits.Zip(limits.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public void What_the_callee_refuses_for_overload_is_not_retried()
    {
        var policy = new PolicyConfig { LoadShedding = new LoadSheddingConfig { MaxRequests = 10 }, Retries = new RetryConfig { Attempts = 3, On = RetryOn.ServerError } };
        var run = TestWorld.Run(Config(policy, TenWorkers, 5, Load("s", 1500, 5)));
        Assert.Contains(run.Roots, e => e.Outcome == 503);
        Assert.Empty(run.Of(MeshEventKind.RetryScheduled));
    }

    /// <summary>Of 1500 a second 500 are too many: the sheddable half pays for it, the critical half hardly notices.</summary>
    [Fact]
    public void Least_important_requests_are_refused_first()
    {
        var policy = new PolicyConfig { LoadShedding = new LoadSheddingConfig { MaxRequests = 20, Values = new Dictionary<string, RequestPriority> { ["batch"] = RequestPriority.Sheddable } } };
        WorkloadConfig Of(string name, string header, string value) =>
            Load("s", 750, 10, ArrivalProcess.Poisson) with { Name = name, Mix = [new MixConfig { Path = $"/{name}", Headers = [new(header, value)] }] };
        var run = TestWorld.Run(Config(policy, TenWorkers, 10, Of("users", "x-priority", "critical"), Of("jobs", "X-Priority", "batch")));
        double Refused(string path)
        {
            var ends = run.Roots.Where(e => run.Directory.Classes[e.Class].Path == path).ToArray();
            return ends.Count(e => e.Outcome == 503) / (double)ends.Length;
        }
        Assert.InRange(Refused("/users"), 0, 0.02);
        Assert.InRange(Refused("/jobs"), 0.6, 0.9);
        Assert.InRange(MedianMs(run.Roots.Where(e => e.Outcome == 200)), 5, 30);
    }

    [Fact]
    public void Rate_limit_admits_its_rate_and_no_more()
    {
        var policy = new PolicyConfig { RateLimit = new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 100, Burst = 50 } } };
        var run = TestWorld.Run(Config(policy, Service("s", Constant(1), workers: 100), 30, Load("s", 300, 30, ArrivalProcess.Poisson)));
        long[] admitted = [.. run.Of(MeshEventKind.InboundEnded).Where(e => e.Flags == ResponseFlags.None).Select(e => e.At - e.Duration)];
        // 50 + 100/s * 30 s at most; at three times the rate the bucket is hardly ever full, so hardly a token is lost.
        Assert.InRange(admitted.Length, 3000, 3050);
        for (int from = 0; from < admitted.Length; from += 37)
        {
            for (int to = from; to < admitted.Length; to += 11)
                Assert.True(to - from + 1 <= 50 + 100.0 * (admitted[to] - admitted[from]) / TimeSpan.TicksPerSecond + 1e-3);
        }
        Assert.All(run.Of(MeshEventKind.InboundEnded).Where(e => e.Outcome != 200), e => Assert.Equal((429, ResponseFlags.RL), (e.Outcome, e.Flags)));
        Assert.All(run.Roots.Where(e => e.Outcome != 200), e => Assert.Equal((429, ResponseFlags.None), (e.Outcome, e.Flags)));
    }

    [Theory]
    [InlineData(false, 4 * 100)]
    [InlineData(true, 100)]
    public void Shared_limit_is_the_service_s_and_else_each_replica_has_it(bool shared, int perSecond)
    {
        var policy = new PolicyConfig
        {
            LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin },
            RateLimit = new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 100, Burst = 8 }, Shared = shared },
        };
        var run = TestWorld.Run(Config(policy, Service("s", Constant(1), replicas: 4, workers: 100), 20, Load("s", 800, 20)));
        Assert.InRange(run.Roots.Count(e => e.Outcome == 200) / 20.0, perSecond * 0.98, perSecond * 1.02 + 2);
    }

    /// <summary>All fail: n refused with probability 0.8 once the window holds a few, so a fifth of the load goes on as a probe.</summary>
    [Fact]
    public void Admission_control_refuses_four_fifths_of_what_fails_anyway()
    {
        var failing = Service("s", Constant(1), workers: 100);
        failing = failing with { Versions = [failing.Versions[0] with { ErrorRate = 1 }] };
        var run = TestWorld.Run(Config(new PolicyConfig { AdmissionControl = new AdmissionControlConfig() }, failing, 20, Load("s", 500, 20)));
        var roots = run.Roots.ToArray();
        double refused = roots.Count(e => e.Flags == ResponseFlags.DO) / (double)roots.Length;
        Assert.InRange(refused, 0.78, 0.82);                                                    // 10,000 draws: 0.8 +- 0.012 at three sigma
        Assert.Equal(roots.Length - roots.Count(e => e.Flags == ResponseFlags.DO), run.Of(MeshEventKind.InboundStarted).Count());
        Assert.All(roots.Where(e => e.Flags == ResponseFlags.DO), e => Assert.Equal(503, e.Outcome));
    }

    [Fact]
    public void Throttle_lets_twice_of_what_is_accepted_through()
    {
        var policy = new PolicyConfig { Throttle = new ThrottleConfig { Window = TimeSpan.FromSeconds(5) }, RateLimit = new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 100, Burst = 10 } } };
        var run = TestWorld.Run(Config(policy, Service("s", Constant(1), workers: 100), 40, Load("s", 1000, 40)));
        double sent = run.Of(MeshEventKind.InboundStarted).Count(e => e.At > 20 * TimeSpan.TicksPerSecond) / 20.0;
        Assert.InRange(sent, 180, 220);
        Assert.InRange(run.Roots.Count(e => e.At > 20 * TimeSpan.TicksPerSecond && e.Outcome == 200) / 20.0, 95, 101);
    }
}
