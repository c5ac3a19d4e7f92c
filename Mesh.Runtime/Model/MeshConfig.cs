namespace Mesh.Runtime.Model;

/// <summary>
/// What the user wrote about the mesh's behaviour, in layers: <see cref="Defaults"/> for every service,
/// overridden key by key in <see cref="Services"/>. <c>null</c> everywhere means "take the layer above".
/// </summary>
public sealed record MeshConfig
{
    /// <summary>Policy of every service that says nothing else.</summary>
    public PolicyConfig Defaults { get; init; } = new();

    /// <summary>Policy for calls to one service, by its name.</summary>
    public IReadOnlyDictionary<string, PolicyConfig> Services { get; init; } = new Dictionary<string, PolicyConfig>();

    /// <summary>The effective policy for calls to <paramref name="service"/>.</summary>
    public PolicyConfig PolicyFor(string service) =>
        Services.TryGetValue(service, out var own) ? own.Over(Defaults) : Defaults;
}

/// <summary>Policy for calls to one service. A <c>null</c> member is taken from the layer above.</summary>
public sealed record PolicyConfig
{
    /// <summary>How an endpoint is picked. Default: least request, two choices with replacement (Envoy, Istio's default algorithm).</summary>
    public LoadBalancerConfig? LoadBalancer { get; init; }

    /// <summary>Total time for a request, all attempts and back-offs included; <see cref="TimeSpan.Zero"/> switches it off. Default: none (Istio).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time for each attempt until its response headers, the first included; <see cref="TimeSpan.Zero"/> switches it off. Default: none.</summary>
    public TimeSpan? PerTryTimeout { get; init; }

    /// <summary>When and how often a failed attempt is repeated. Default: never.</summary>
    public RetryConfig? Retries { get; init; }

    /// <summary>A circuit breaker on the failure ratio (Polly). Default: none.</summary>
    public CircuitBreakerConfig? CircuitBreaker { get; init; }

    /// <summary>Caps on connections and concurrent requests of one proxy to this service. Default: none.</summary>
    public LimitsConfig? Limits { get; init; }

    /// <summary>This layer, with what it leaves open taken from <paramref name="lower"/>.</summary>
    public PolicyConfig Over(PolicyConfig lower) => new()
    {
        LoadBalancer = LoadBalancer ?? lower.LoadBalancer,
        Timeout = Timeout ?? lower.Timeout,
        PerTryTimeout = PerTryTimeout ?? lower.PerTryTimeout,
        Retries = Retries ?? lower.Retries,
        CircuitBreaker = CircuitBreaker ?? lower.CircuitBreaker,
        Limits = Limits ?? lower.Limits,
    };
}

/// <summary>The balancing algorithms by name.</summary>
public enum LoadBalancerAlgorithm
{
    /// <summary>Power of <see cref="LoadBalancerConfig.Choices"/> choices by requests in flight (Envoy, Linkerd, YARP). <c>leastRequest</c></summary>
    LeastRequest,

    /// <summary>Each endpoint in turn; every proxy starts at an offset of its own. <c>roundRobin</c></summary>
    RoundRobin,

    /// <summary>A uniform draw. <c>random</c></summary>
    Random,

    /// <summary>Power of two choices by Linkerd's peak-sensitive moving average of latency times requests in flight. <c>peakEwma</c></summary>
    PeakEwma,
}

/// <summary>How an endpoint is picked.</summary>
public sealed record LoadBalancerConfig
{
    /// <summary>The algorithm.</summary>
    public LoadBalancerAlgorithm Algorithm { get; init; } = LoadBalancerAlgorithm.LeastRequest;

    /// <summary>Endpoints compared for each request by <see cref="LoadBalancerAlgorithm.LeastRequest"/>, 2 or more. Default 2 (Envoy's <c>choice_count</c>).</summary>
    public int Choices { get; init; } = 2;

    /// <summary>
    /// Whether <see cref="LoadBalancerAlgorithm.LeastRequest"/> may draw one endpoint twice. Default true, as Envoy; false draws distinct
    /// endpoints, as YARP and Linkerd. The difference shows with few endpoints (5% in the mean at 8).
    /// </summary>
    public bool WithReplacement { get; init; } = true;

    /// <summary>The time in which <see cref="LoadBalancerAlgorithm.PeakEwma"/> forgets, at most 1/e of an old value left. Default 10 s (Linkerd).</summary>
    public TimeSpan Decay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The latency <see cref="LoadBalancerAlgorithm.PeakEwma"/> assumes of an endpoint never called. Default 30 ms (Linkerd).</summary>
    public TimeSpan DefaultLatency { get; init; } = TimeSpan.FromMilliseconds(30);
}

/// <summary>Conditions under which an attempt counts as failed and may be repeated, by Envoy's names.</summary>
[Flags]
public enum RetryOn
{
    /// <summary>Nothing is retried.</summary>
    None = 0,

    /// <summary>Any 5xx, and any reset, time-out or connect failure of the attempt. <c>5xx</c></summary>
    ServerError = 1,

    /// <summary>502, 503, 504, and any reset, time-out or connect failure. <c>gateway-error</c></summary>
    GatewayError = 2,

    /// <summary>No response headers at all: reset, time-out, connect failure. <c>reset</c></summary>
    Reset = 4,

    /// <summary>The connection could not be made. <c>connect-failure</c></summary>
    ConnectFailure = 8,

    /// <summary>409. <c>retriable-4xx</c></summary>
    Retriable4xx = 16,

    /// <summary>One of <see cref="RetryConfig.StatusCodes"/>. Written as the numbers themselves.</summary>
    StatusCodes = 32,
}

/// <summary>When and how often a failed attempt is repeated.</summary>
public sealed record RetryConfig
{
    /// <summary>Retries after the first attempt, 0 or more. Default 2 (Istio).</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>What is retried. Default <see cref="RetryOn.GatewayError"/>.</summary>
    public RetryOn On { get; init; } = RetryOn.GatewayError;

    /// <summary>Statuses retried under <see cref="RetryOn.StatusCodes"/>.</summary>
    public IReadOnlyList<int> StatusCodes { get; init; } = [];

    /// <summary>Base interval of the back-off, 1 ms or more. Default 25 ms (Envoy, Istio).</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest interval of the back-off; <c>null</c> is ten times the base (Envoy).</summary>
    public TimeSpan? BackoffMax { get; init; }
}

/// <summary>A circuit breaker on the failure ratio: Polly's, one per proxy and service.</summary>
public sealed record CircuitBreakerConfig
{
    /// <summary>Share of failures, above 0 and at most 1, at which the breaker opens. Default 0.5.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>The time over which the ratio is taken, 500 ms or more (Polly's bound). Default 10 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts in the window before the ratio counts, 2 or more (Polly's bound). Default 20.</summary>
    public int MinThroughput { get; init; } = 20;

    /// <summary>How long the breaker stays open before one attempt is let through, 500 ms or more (Polly's bound). Default 5 s.</summary>
    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>
/// Caps of one proxy towards one service (Envoy's circuit-breaker thresholds). They are per proxy:
/// the mesh-wide ceiling is the cap times the number of calling proxies.
/// </summary>
public sealed record LimitsConfig
{
    /// <summary>Requests in progress; one more is refused at once with 503 <c>UO</c>. Default: no cap.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Connections; at the cap a request waits for one to come free. Soft as in Envoy: an endpoint without any may always open one. Default: no cap.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>
    /// Requests that wait for a connection at the cap; one more is refused with 503 <c>UO</c>. Default 1024 (Envoy).
    /// Unlike in Envoy, where 0 refuses the very first request, a request that may open a connection of its own does not count.
    /// </summary>
    public int? MaxPendingRequests { get; init; }

    /// <summary>How long an idle connection is kept. Default 1 h (Envoy).</summary>
    public TimeSpan? IdleTimeout { get; init; }
}
