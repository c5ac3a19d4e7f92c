using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The mesh's policy, in layers: the defaults, then each service.</summary>
internal static class PolicySection
{
    private static readonly Shape<LoadBalancerAlgorithm> Algorithm = Values.Choice<LoadBalancerAlgorithm>("a load balancer");

    private static readonly Section<LoadBalancerConfig> LongLoadBalancer = new("loadBalancer", "a load balancer such as {algorithm: leastRequest, choices: 3}", () => new LoadBalancerConfig())
    {
        { "algorithm", Algorithm, (config, value) => config with { Algorithm = value }, "The algorithm. Default leastRequest." },
        { "choices", Values.Count(2, 1000), (config, value) => config with { Choices = value }, "Endpoints that leastRequest compares. Default 2." },
        { "withReplacement", Values.Flag, (config, value) => config with { WithReplacement = value },
            "Whether leastRequest may draw one endpoint twice (Envoy) or draws distinct ones (YARP, Linkerd). Default true." },
        { "decay", Values.PositiveDuration, (config, value) => config with { Decay = value }, "The time in which peakEwma forgets. Default 10s." },
        { "defaultLatency", Values.PositiveDuration, (config, value) => config with { DefaultLatency = value }, "The latency that peakEwma assumes of an endpoint never called. Default 30ms." },
    };

    private static readonly Shape<LoadBalancerConfig> LoadBalancer = new EitherShape<LoadBalancerConfig>(
        Algorithm.Then((algorithm, _, _) => new LoadBalancerConfig { Algorithm = algorithm }), LongLoadBalancer);

    private static readonly (string Name, RetryOn Condition)[] Conditions =
    [
        ("5xx", RetryOn.ServerError), ("gateway-error", RetryOn.GatewayError), ("reset", RetryOn.Reset),
        ("connect-failure", RetryOn.ConnectFailure), ("retriable-4xx", RetryOn.Retriable4xx),
    ];

    private static readonly Shape<(RetryOn Condition, int Status)> Condition = new ScalarShape<(RetryOn, int)>(
        "a condition (5xx, gateway-error, reset, connect-failure, retriable-4xx) or a status such as 503",
        """{"anyOf": [{"enum": ["5xx", "gateway-error", "reset", "connect-failure", "retriable-4xx"]}, {"type": "integer", "minimum": 400, "maximum": 599}]}""", ParseCondition);

    private static readonly Section<BackoffDraft> Backoff = new Section<BackoffDraft>("backoff", "a back-off such as {base: 25ms, max: 250ms}", () => new BackoffDraft())
    {
        { "base", Values.PositiveDuration, (backoff, value) => backoff with { Base = value }, "Base interval, 1ms or more; the wait before retry n is drawn below base times 2^n. Default 25ms." },
        { "max", Values.PositiveDuration, (backoff, value) => backoff with { Max = value }, "Longest interval. Default ten times the base." },
    }
    .Check(CheckBackoff);

    private static readonly Section<RetryConfig> Retries = new("retries", "retries such as {attempts: 2, on: [5xx]}", () => new RetryConfig())
    {
        { "attempts", Values.Count(0, 100), (retries, value) => retries with { Attempts = value }, "Retries after the first attempt; 0 switches them off. Default 2." },
        { "on", new ListShape<(RetryOn Condition, int Status)>("a list of conditions such as [5xx, reset]", Condition), ApplyConditions,
            "What is retried: 5xx, gateway-error, reset, connect-failure, retriable-4xx, or statuses. Default [gateway-error]." },
        { "backoff", Backoff, (retries, value) => retries with { BackoffBase = value.Base, BackoffMax = value.Max }, "The wait before each retry: exponential, with full jitter." },
    };

    private static readonly TimeSpan PollyBound = TimeSpan.FromMilliseconds(500);

    private static readonly Section<CircuitBreakerConfig> CircuitBreaker = new Section<CircuitBreakerConfig>(
        "circuitBreaker", "a circuit breaker such as {failureRatio: 50%, window: 10s}", () => new CircuitBreakerConfig())
    {
        { "failureRatio", Values.Percent, (breaker, value) => breaker with { FailureRatio = value }, "Share of failed attempts, above 0%, at which the breaker opens. Default 50%." },
        { "window", Values.PositiveDuration, (breaker, value) => breaker with { Window = value }, "The time over which the share is taken, 500ms or more. Default 10s." },
        { "minThroughput", Values.Count(2), (breaker, value) => breaker with { MinThroughput = value }, "Attempts in the window before the share counts. Default 20." },
        { "openFor", Values.PositiveDuration, (breaker, value) => breaker with { OpenFor = value }, "How long the breaker stays open before it lets one attempt through, 500ms or more. Default 5s." },
    }
    .Check(CheckBreaker);

    private static readonly Section<LimitsConfig> Limits = new("limits", "limits such as {maxRequests: 100}", () => new LimitsConfig())
    {
        { "maxRequests", Values.Count(0), (limits, value) => limits with { MaxRequests = value }, "Requests of one proxy in progress; one more is answered 503 at once. Default no cap." },
        { "maxConnections", Values.Count(1), (limits, value) => limits with { MaxConnections = value }, "Connections of one proxy; at the cap a request waits for one. Default no cap." },
        { "maxPendingRequests", Values.Count(0), (limits, value) => limits with { MaxPendingRequests = value }, "Requests that wait for a connection; one more is answered 503. Default 1024." },
        { "idleTimeout", Values.PositiveDuration, (limits, value) => limits with { IdleTimeout = value }, "How long an idle connection is kept. Default 1h." },
    };

    private static readonly Section<PolicyConfig> Policy = new("policy", "a policy such as {timeout: 2s}", () => new PolicyConfig())
    {
        { "loadBalancer", LoadBalancer, (policy, value) => policy with { LoadBalancer = value }, "How a replica is picked: roundRobin, random, leastRequest, peakEwma, or a mapping. Default leastRequest." },
        { "timeout", Values.Duration, (policy, value) => policy with { Timeout = value }, "Total time for a request, all attempts and waits included; 0 switches it off. Default none." },
        { "perTryTimeout", Values.Duration, (policy, value) => policy with { PerTryTimeout = value }, "Time for each attempt until its response headers; 0 switches it off. Default none." },
        { "retries", Retries, (policy, value) => policy with { Retries = value }, "When and how often a failed attempt is repeated. Default never." },
        { "circuitBreaker", CircuitBreaker, (policy, value) => policy with { CircuitBreaker = value }, "A breaker on the share of failed attempts, one per proxy and service. Default none." },
        { "limits", Limits, (policy, value) => policy with { Limits = value }, "Caps of one proxy towards the service. Default none." },
    };

    /// <summary>The mesh's policy.</summary>
    public static readonly Section<MeshConfig> Mesh = new("mesh", "the mesh's policy, such as {defaults: {timeout: 2s}}", () => new MeshConfig())
    {
        { "defaults", Policy, (mesh, value) => mesh with { Defaults = value }, "Policy for calls to every service." },
        { "services", new TableShape<PolicyConfig>("policies by service, such as {cart: {timeout: 300ms}}", Values.Name, Policy), (mesh, value) => mesh with { Services = value },
            "Policy for calls to one service; each key given replaces the default's as a whole." },
    };

    private static string? ParseCondition(string text, out (RetryOn, int) value)
    {
        int index = Array.FindIndex(Conditions, known => known.Name == text);
        value = index < 0 ? default : (Conditions[index].Condition, 0);
        if (index >= 0) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and <= 599)
        {
            value = (RetryOn.StatusCodes, status);
            return null;
        }
        return $"'{text}' is neither a condition nor a status from 400 to 599.{Suggest.From(text, [.. Conditions.Select(known => known.Name)], "Conditions")}";
    }

    private static RetryConfig ApplyConditions(RetryConfig retries, IReadOnlyList<(RetryOn Condition, int Status)> conditions) => retries with
    {
        On = conditions.Aggregate(RetryOn.None, (all, one) => all | one.Condition),
        StatusCodes = [.. conditions.Where(one => one.Status > 0).Select(one => one.Status)],
    };

    private static void CheckBackoff(BackoffDraft backoff, YamlMap map, Reading reading)
    {
        if (backoff.Base < TimeSpan.FromMilliseconds(1)) reading.Error(map.Find("base")!.Value, "the base is below 1ms, the shortest there is.");
        if (backoff.Max is { } max && max < backoff.Base) reading.Error(map.Find("max")!.Value, $"the longest interval is below the base of {backoff.Base.TotalMilliseconds:0.###}ms.");
    }

    private static void CheckBreaker(CircuitBreakerConfig breaker, YamlMap map, Reading reading)
    {
        if (breaker.FailureRatio <= 0) reading.Error(map.Find("failureRatio")!.Value, "a breaker that opens at 0% would never close; write a share above 0%.");
        if (breaker.Window < PollyBound) reading.Error(map.Find("window")!.Value, "the window is below 500ms, the shortest that Polly's breaker takes.");
        if (breaker.OpenFor < PollyBound) reading.Error(map.Find("openFor")!.Value, "the time is below 500ms, the shortest that Polly's breaker takes.");
    }

    private sealed record BackoffDraft
    {
        public TimeSpan Base { get; init; } = new RetryConfig().BackoffBase;

        public TimeSpan? Max { get; init; }
    }
}
