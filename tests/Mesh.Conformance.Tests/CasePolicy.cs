using Mesh.Runtime.Model;

namespace Mesh.Conformance.Tests;

/// <summary>A policy, and the requests that bring it out.</summary>
internal sealed record CasePolicy(string Name, string Says, PolicyConfig Own)
{
    /// <summary>The policy, and a connect time-out that no case has to wait long for.</summary>
    public PolicyConfig Config => Own with { Limits = (Own.Limits ?? new LimitsConfig()) with { ConnectTimeout = Behaviours.ConnectTimeout } };

    /// <summary>Requests, one after the other.</summary>
    public int Requests { get; init; } = 3;

    /// <summary>Requests start this long after one another, whether or not the one before has ended; <c>null</c> waits for its end.</summary>
    public TimeSpan? Overlap { get; init; }

    /// <summary>Where a breaker opened or an endpoint was ejected: how long the caller then waits before <see cref="Afterwards"/>.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>Requests after the pause.</summary>
    public int Afterwards { get; init; }

    /// <summary>Whether back-offs are the formula's alone: a total deadline cuts them at what is left of it.</summary>
    public bool BackoffsAreExact => Config.Timeout is null;
}

/// <summary>The policies, one test class each.</summary>
internal static class CasePolicies
{
    private static readonly RetryOn Failures = RetryOn.ServerError | RetryOn.GrpcUnavailable;
    private static readonly LoadBalancerConfig RoundRobin = new() { Algorithm = LoadBalancerAlgorithm.RoundRobin };

    public static readonly CasePolicy None = new(nameof(None), "no policy", new PolicyConfig());

    public static readonly CasePolicy Retries = new(nameof(Retries), "two retries on 5xx, 429 and UNAVAILABLE under Envoy's budget; Retry-After honoured, tried endpoints avoided", new PolicyConfig
    {
        Retries = new RetryConfig { Attempts = 2, On = Failures | RetryOn.StatusCodes, StatusCodes = [429], HonorRetryAfter = true, AvoidTried = 2, Budget = new ConcurrentBudgetConfig() },
    });

    public static readonly CasePolicy SafeRetries = new(nameof(SafeRetries), "two retries of what no server has looked at: connect-failure, refused-stream, reset-before-request", new PolicyConfig
    {
        Retries = new RetryConfig { Attempts = 2, On = RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.ResetBeforeRequest },
    });

    public static readonly CasePolicy RetryBudget = new(nameof(RetryBudget), "three retries, of which Linkerd's budget lets one through for two requests", new PolicyConfig
    {
        Retries = new RetryConfig { Attempts = 3, On = Failures, Budget = new WindowedBudgetConfig { Ratio = 0.5, MinPerSecond = 0, Window = TimeSpan.FromSeconds(60) } },
    }) { Requests = 5 };

    public static readonly CasePolicy PerTryTimeout = new(nameof(PerTryTimeout), "400 ms for each attempt, one retry", new PolicyConfig
    {
        PerTryTimeout = Behaviours.Patience,
        Retries = new RetryConfig { Attempts = 1, On = Failures, AvoidTried = 2 },
    });

    public static readonly CasePolicy TotalDeadline = new(nameof(TotalDeadline), "400 ms for the request, two retries", new PolicyConfig
    {
        Timeout = Behaviours.Patience,
        Retries = new RetryConfig { Attempts = 2, On = Failures, BackoffBase = TimeSpan.FromMilliseconds(5) },
    });

    public static readonly CasePolicy IdleTimeout = new(nameof(IdleTimeout), "a body that stands still for 400 ms is given up", new PolicyConfig { IdleTimeout = Behaviours.Patience });

    public static readonly CasePolicy OutlierDetection = new(nameof(OutlierDetection), "round robin; two 5xx in a row eject for 1 s, two endpoints of three at most", new PolicyConfig
    {
        LoadBalancer = RoundRobin,
        OutlierDetection = new OutlierDetectionConfig
        {
            Consecutive5xx = 2, Interval = TimeSpan.FromSeconds(0.5), BaseEjectionTime = TimeSpan.FromSeconds(1), MaxEjectionPercent = 0.67,
        },
    }) { Requests = 7, Pause = TimeSpan.FromSeconds(2.5), Afterwards = 3 };

    public static readonly CasePolicy FailureAccrual = new(nameof(FailureAccrual), "round robin; two failures in a row shut an endpoint for 1.5 s (Linkerd)", new PolicyConfig
    {
        LoadBalancer = RoundRobin,
        FailureAccrual = new FailureAccrualConfig { MaxFailures = 2, MinPenalty = TimeSpan.FromSeconds(1.5), JitterRatio = 0 },
    }) { Requests = 7, Pause = TimeSpan.FromSeconds(2.5), Afterwards = 3 };

    public static readonly CasePolicy CircuitBreaker = new(nameof(CircuitBreaker), "opens for 1 s when half of four requests fail (Polly)", new PolicyConfig
    {
        CircuitBreaker = new CircuitBreakerConfig { FailureRatio = 0.5, MinThroughput = 4, OpenFor = TimeSpan.FromSeconds(1) },
    }) { Requests = 6, Pause = TimeSpan.FromSeconds(2), Afterwards = 3 };

    public static readonly CasePolicy Hedging = new(nameof(Hedging), "a second attempt after 400 ms", new PolicyConfig
    {
        Hedge = new HedgeConfig { Delay = Behaviours.Patience, Budget = 2 },
    });

    public static readonly CasePolicy Caps = new(nameof(Caps), "one request at a time; they start 400 ms apart", new PolicyConfig
    {
        Limits = new LimitsConfig { MaxRequests = 1 },
    }) { Requests = 4, Overlap = TimeSpan.FromMilliseconds(400) };

    public static readonly CasePolicy[] All = [None, Retries, SafeRetries, RetryBudget, PerTryTimeout, TotalDeadline, IdleTimeout, OutlierDetection, FailureAccrual, CircuitBreaker, Hedging, Caps];
}
