namespace Mesh.Runtime.Model;

/// <summary>Policy for calls to one service. A <c>null</c> member is taken from the layer below.</summary>
public sealed record PolicyConfig
{
    /// <summary>How an endpoint is picked. Default: least request, two choices with replacement (Envoy, Istio's default algorithm).</summary>
    public LoadBalancerConfig? LoadBalancer { get; init; }

    /// <summary>Which zones and priorities a pick may go to. Default: all alike.</summary>
    public LocalityConfig? Locality { get; init; }

    /// <summary>How many of the endpoints each proxy uses. Default: all.</summary>
    public SubsettingConfig? Subsetting { get; init; }

    /// <summary>How an endpoint that has just joined is eased in. Default: at once at full weight.</summary>
    public SlowStartConfig? SlowStart { get; init; }

    /// <summary>Share of healthy endpoints, 0 to 1, below which health is ignored and all are picked from; 0 switches it off. Default 0.5 (Envoy).</summary>
    public double? PanicThreshold { get; init; }

    /// <summary>Ejection of endpoints that fail (Envoy). Default: none.</summary>
    public OutlierDetectionConfig? OutlierDetection { get; init; }

    /// <summary>Linkerd's endpoint breaker. Default: none.</summary>
    public FailureAccrualConfig? FailureAccrual { get; init; }

    /// <summary>Active health checks. Default: none.</summary>
    public HealthCheckConfig? HealthCheck { get; init; }

    /// <summary>Total time for a request, all attempts and back-offs included; <see cref="TimeSpan.Zero"/> switches it off. Default: none (Istio).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time for each attempt until its response headers, the first included; <see cref="TimeSpan.Zero"/> switches it off. Default: none.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>Longest silence within a response's body; <see cref="TimeSpan.Zero"/> switches it off. Default: none.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Whether a hop never waits longer than its caller does (<c>x-envoy-expected-rq-timeout-ms</c>, <c>grpc-timeout</c>). Default: false.</summary>
    public bool? DeadlinePropagation { get; init; }

    /// <summary>When and how often a failed attempt is repeated. Default: never.</summary>
    public RetryConfig? Retries { get; init; }

    /// <summary>A second attempt beside a slow first one. Default: none.</summary>
    public HedgeConfig? Hedge { get; init; }

    /// <summary>A circuit breaker on the failure ratio (Polly). Default: none.</summary>
    public CircuitBreakerConfig? CircuitBreaker { get; init; }

    /// <summary>Caps on connections and concurrent requests of one proxy to this service. Default: none.</summary>
    public LimitsConfig? Limits { get; init; }

    /// <summary>The caller's sidecar refuses requests when too many fail (Envoy). Default: none.</summary>
    public AdmissionControlConfig? AdmissionControl { get; init; }

    /// <summary>The caller's sidecar throttles itself by what the callee accepts (Google SRE). Default: none.</summary>
    public ThrottleConfig? Throttle { get; init; }

    /// <summary>Token buckets in the callee's sidecar. Default: none.</summary>
    public RateLimitConfig? RateLimit { get; init; }

    /// <summary>The callee's sidecar finds its own concurrency limit. Default: none.</summary>
    public AdaptiveConcurrencyConfig? AdaptiveConcurrency { get; init; }

    /// <summary>The callee's sidecar refuses the least important requests first. Default: none.</summary>
    public LoadSheddingConfig? LoadShedding { get; init; }

    /// <summary>Who may call the service. Default: everybody.</summary>
    public AuthorizationConfig? Authorization { get; init; }

    /// <summary>Tokens that the callee's sidecar takes. Default: tokens are not looked at.</summary>
    public IReadOnlyList<JwtRule>? Jwt { get; init; }

    /// <summary>
    /// Whether the service's sidecars speak mutual TLS. Live only: the virtual world's network says what handshakes cost, and its callers are who they say. Default: permissive (Istio).
    /// </summary>
    public MutualTlsMode? Mtls { get; init; }

    /// <summary>Requests that are treated in a way of their own; the best match is taken. Default: none.</summary>
    public IReadOnlyList<RouteConfig>? Routes { get; init; }

    /// <summary>Shares of the requests by version or subset. Default: all versions alike.</summary>
    public SplitConfig? Split { get; init; }

    /// <summary>Where a copy of requests goes, whose answers nobody waits for. Default: nowhere.</summary>
    public MirrorConfig? Mirror { get; init; }

    /// <summary>Named parts of the service's endpoints, by labels; each version is one already. Default: none.</summary>
    public IReadOnlyDictionary<string, SubsetConfig>? Subsets { get; init; }

    /// <summary>This layer, with what it leaves open taken from <paramref name="lower"/>.</summary>
    public PolicyConfig Over(PolicyConfig lower) => new()
    {
        LoadBalancer = LoadBalancer ?? lower.LoadBalancer,
        Locality = Locality ?? lower.Locality,
        Subsetting = Subsetting ?? lower.Subsetting,
        SlowStart = SlowStart ?? lower.SlowStart,
        PanicThreshold = PanicThreshold ?? lower.PanicThreshold,
        OutlierDetection = OutlierDetection ?? lower.OutlierDetection,
        FailureAccrual = FailureAccrual ?? lower.FailureAccrual,
        HealthCheck = HealthCheck ?? lower.HealthCheck,
        Timeout = Timeout ?? lower.Timeout,
        PerTryTimeout = PerTryTimeout ?? lower.PerTryTimeout,
        IdleTimeout = IdleTimeout ?? lower.IdleTimeout,
        DeadlinePropagation = DeadlinePropagation ?? lower.DeadlinePropagation,
        Retries = Retries ?? lower.Retries,
        Hedge = Hedge ?? lower.Hedge,
        CircuitBreaker = CircuitBreaker ?? lower.CircuitBreaker,
        Limits = Limits ?? lower.Limits,
        AdmissionControl = AdmissionControl ?? lower.AdmissionControl,
        Throttle = Throttle ?? lower.Throttle,
        RateLimit = RateLimit ?? lower.RateLimit,
        AdaptiveConcurrency = AdaptiveConcurrency ?? lower.AdaptiveConcurrency,
        LoadShedding = LoadShedding ?? lower.LoadShedding,
        Authorization = Authorization ?? lower.Authorization,
        Jwt = Jwt ?? lower.Jwt,
        Mtls = Mtls ?? lower.Mtls,
        Routes = Routes ?? lower.Routes,
        Split = Split ?? lower.Split,
        Mirror = Mirror ?? lower.Mirror,
        Subsets = Subsets ?? lower.Subsets,
    };
}
