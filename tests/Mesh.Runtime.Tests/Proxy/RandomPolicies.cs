using CsCheck;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>Policies and faults for random traffic.</summary>
internal static class RandomPolicies
{
    /// <summary>Time-outs, retries, a breaker and caps.</summary>
    public static readonly Gen<PolicyConfig> Common = Gen.Select(
        Gen.Enum<LoadBalancerAlgorithm>().Where(algorithm => algorithm != LoadBalancerAlgorithm.Custom), Gen.Int[0, 3], Gen.Bool, Gen.Bool, Gen.Int[1, 30], Gen.Int[1, 6], Gen.Int[0, 5])
        .Select((algorithm, attempts, breaker, perTry, requests, connections, pending) => new PolicyConfig
        {
            LoadBalancer = new LoadBalancerConfig { Algorithm = algorithm },
            Timeout = TimeSpan.FromMilliseconds(60),   // so that nothing is silent for ever
            PerTryTimeout = perTry ? TimeSpan.FromMilliseconds(20) : null,
            Retries = new RetryConfig { Attempts = attempts, On = RetryOn.ServerError, BackoffBase = TimeSpan.FromMilliseconds(5) },
            CircuitBreaker = breaker ? new CircuitBreakerConfig { OpenFor = TimeSpan.FromMilliseconds(500), Window = TimeSpan.FromSeconds(1) } : null,
            Limits = new LimitsConfig { MaxRequests = requests, MaxConnections = connections, MaxPendingRequests = pending },
        });

    private static readonly Gen<RetryBudgetConfig?> Budgets = Gen.Int[0, 2].Select(RetryBudgetConfig? (kind) => kind switch
    {
        0 => new ConcurrentBudgetConfig { Percent = 0.2, MinConcurrent = 1 },
        1 => new WindowedBudgetConfig { Ratio = 0.2, MinPerSecond = 1 },
        _ => null,
    });

    private static readonly Gen<HedgeConfig?> Hedges = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Double[0, 30]).Select(HedgeConfig? (kind, extra, delay) => kind switch
    {
        0 => new HedgeConfig { Delay = TimeSpan.FromMilliseconds(delay), MaxExtra = extra, Budget = 1 },
        1 => new HedgeConfig { Percentile = 0.5, MinSamples = 5, MaxExtra = extra, Budget = 1 },
        2 => new HedgeConfig { OnPerTryTimeout = true, Budget = 1 },
        _ => null,
    });

    /// <summary>The same under everything else that a caller's sidecar may do to a request.</summary>
    public static readonly Gen<PolicyConfig> All = Gen.Select(Common, Budgets, Hedges, Gen.Bool.Array[10]).Select((policy, budget, hedge, on) => policy with
    {
        Retries = policy.Retries! with { Budget = budget, AvoidTried = on[0] ? 3 : 0, RetryAfterMax = TimeSpan.FromMilliseconds(30) },
        Limits = on[1] ? policy.Limits : policy.Limits! with { MaxRetries = 1 },
        Hedge = hedge,
        IdleTimeout = on[2] ? TimeSpan.FromMilliseconds(10) : null,
        DeadlinePropagation = on[3],
        OutlierDetection = on[4] ? new OutlierDetectionConfig { Consecutive5xx = 3, Interval = TimeSpan.FromMilliseconds(100), BaseEjectionTime = TimeSpan.FromMilliseconds(200), MaxEjectionPercent = 0.5 } : null,
        FailureAccrual = on[5] ? new FailureAccrualConfig { MaxFailures = 2, MinPenalty = TimeSpan.FromMilliseconds(100) } : null,
        AdmissionControl = on[6] ? new AdmissionControlConfig { MinRequestRate = 0 } : null,
        Throttle = on[7] ? new ThrottleConfig() : null,
        Mirror = on[8] ? new MirrorConfig { Percent = 0.3 } : null,
        SlowStart = on[9] ? new SlowStartConfig { Window = TimeSpan.FromMilliseconds(300) } : null,
    });

    /// <summary>Up to three faults of the sites that a caller's sidecar has.</summary>
    public static readonly Gen<FaultConfig[]> Faults = Gen.Select(Gen.Int[0, 1], Gen.Int[0, 4], Gen.Double[0, 1], Gen.Double[0, 80]).Select((site, kind, percent, delay) => new FaultConfig
    {
        Name = $"{site}{kind}",
        Site = (FaultSite)site,
        Percent = percent,
        Delay = kind is 0 or 3 or 4 ? new FixedDelay(TimeSpan.FromMilliseconds(delay)) : null,
        Abort = kind is 1 or 3 ? new FaultAbort() : kind == 2 ? new FaultAbort { Reset = true } : null,
        MaxActive = kind == 4 ? 2 : null,
    }).Array[0, 3];
}
