using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>When and how often a failed attempt is repeated.</summary>
internal static class RetrySection
{
    private static readonly Section<BackoffDraft> Backoff = new Section<BackoffDraft>("backoff", "a back-off such as {base: 25ms, max: 250ms}", () => new BackoffDraft())
    {
        { "style", Values.Choice<BackoffStyle>("a style"), (backoff, value) => backoff with { Style = value }, "envoy: the wait is drawn below base times 2^n (full jitter); linkerd: base times 2^n and a random part on top. Default envoy." },
        { "base", Values.PositiveDuration, (backoff, value) => backoff with { Base = value }, "Base interval, 1ms or more; it doubles with each retry. Default 25ms." },
        { "max", Values.PositiveDuration, (backoff, value) => backoff with { Max = value }, "Longest interval. Default ten times the base." },
        { "jitter", Values.PercentUpTo(10, "at most 1000%"), (backoff, value) => backoff with { Jitter = value }, "Under linkerd: the random part, as a share of the interval. Default 100%." },
    }
    .Check(CheckBackoff);

    private static readonly Section<ConcurrentBudgetConfig> ConcurrentBudget = new Section<ConcurrentBudgetConfig>(
        "concurrentRetryBudget", "a budget such as {percent: 20%, minConcurrent: 3}", () => new ConcurrentBudgetConfig())
    {
        { "percent", Values.Percent, (budget, value) => budget with { Percent = value }, "Retries under way, as a share of the requests under way (Envoy). Default 20%." },
        { "minConcurrent", Values.Count(0), (budget, value) => budget with { MinConcurrent = value }, "Retries under way that are always allowed. Default 3." },
        { "interval", Values.Duration, (budget, value) => budget with { Interval = value }, "How long a request counts towards the share (Istio's budgetInterval), at most 1h; 0: while it is under way. Default 0." },
    }
    .Check((budget, map, reading) =>
    {
        if (budget.Interval > TimeSpan.FromHours(1)) reading.Error(map.Find("interval")!.Value, "the interval is longer than an hour.");
    });

    private static readonly Section<WindowedBudgetConfig> WindowedBudget = new Section<WindowedBudgetConfig>(
        "windowedRetryBudget", "a budget such as {ratio: 20%, minPerSecond: 10, window: 10s}", () => new WindowedBudgetConfig())
    {
        { "ratio", Values.PercentUpTo(1000, "at most 100000%"), (budget, value) => budget with { Ratio = value }, "Retries within the window, as a share of the requests within it (Linkerd). Default 20%." },
        { "minPerSecond", Values.Count(0), (budget, value) => budget with { MinPerSecond = value }, "Retries a second that are allowed beside. Default 10." },
        { "window", Values.PositiveDuration, (budget, value) => budget with { Window = value }, "How long a request counts, 1s to 60s. Default 10s." },
    }
    .Check((budget, map, reading) =>
    {
        if (budget.Window < TimeSpan.FromSeconds(1) || budget.Window > TimeSpan.FromSeconds(60)) reading.Error(map.Find("window")!.Value, "the window must be from 1s to 60s, as Linkerd's must.");
    });

    /// <summary>Retries.</summary>
    public static readonly Section<RetryConfig> Retries = new Section<RetryConfig>("retries", "retries such as {attempts: 2, on: [5xx]}", () => new RetryConfig())
    {
        { "attempts", Values.Count(0, 100), (retries, value) => retries with { Attempts = value }, "Retries after the first attempt; 0 switches them off. Default 2." },
        { "on", new ListShape<(RetryOn Condition, StatusRange Statuses)>("a list of conditions such as [5xx, reset]", RetryConditionShape.Condition), ApplyConditions,
            $"What is retried: {RetryConditionShape.Names}, statuses, or ranges such as 500-504. Default [gateway-error]." },
        { "retriableHeaders", MatchShape.Fields("headers such as {x-try-again: {present: true}}"), (retries, value) => retries with { RetriableHeaders = new HeaderMatches(value) },
            "Under retriable-headers: response headers, of which one suffices. Default none." },
        { "backoff", Backoff, (retries, value) => retries with { BackoffStyle = value.Style, BackoffBase = value.Base, BackoffMax = value.Max, BackoffJitter = value.Jitter }, "The wait before each retry. Default Envoy's." },
        { "budget", new UnionShape<RetryBudgetConfig>("a budget: {percent: 20%, minConcurrent: 3} as Envoy's, or {ratio: 20%, minPerSecond: 10, window: 10s} as Linkerd's",
                ("percent", ConcurrentBudget.Then<RetryBudgetConfig>((budget, _, _) => budget)), ("ratio", WindowedBudget.Then<RetryBudgetConfig>((budget, _, _) => budget))),
            (retries, value) => retries with { Budget = value }, "What the retries of one proxy to the service may cost together. Default: limits.maxRetries, if any." },
        { "avoidTried", Values.Count(0, 100), (retries, value) => retries with { AvoidTried = value }, "How often a retry picks again when it got a replica that was tried already; then it takes it. Default 0." },
        { "previousPriorities", Values.Count(0, 100), (retries, value) => retries with { PreviousPriorities = value },
            "Retries after which a retry leaves out the priorities (of locality) that were tried, and again after so many more; Istio's retryRemoteLocalities is 1. 0 leaves none out. Default 0." },
        { "honorRetryAfter", Values.Flag, (retries, value) => retries with { HonorRetryAfter = value }, "Whether an answer's Retry-After takes the place of the back-off. Default false." },
        { "retryAfterMax", Values.PositiveDuration, (retries, value) => retries with { RetryAfterMax = value }, "A Retry-After above this is ignored. Default 300s." },
        { "maxBody", Values.Size, (retries, value) => retries with { MaxBodyBytes = value }, "Largest request body that is kept for a retry; a request with more is not retried. Default 64KiB." },
        { "idempotentOnly", Values.Flag, (retries, value) => retries with { IdempotentOnly = value }, "Whether only GET, HEAD, OPTIONS, TRACE, PUT and DELETE are retried. Default false." },
    }
    .Check(CheckHeaders);

    private static RetryConfig ApplyConditions(RetryConfig retries, IReadOnlyList<(RetryOn Condition, StatusRange Statuses)> conditions) => retries with
    {
        On = conditions.Aggregate(RetryOn.None, (all, one) => all | one.Condition),
        StatusCodes = [.. conditions.Where(one => one.Condition == RetryOn.StatusCodes).Select(one => one.Statuses)],
    };

    private static void CheckHeaders(RetryConfig retries, YamlMap map, Reading reading)
    {
        bool wanted = (retries.On & RetryOn.RetriableHeaders) != 0, named = retries.RetriableHeaders.Count > 0;
        if (wanted && !named) reading.Error(map.Find("on")!.Value, "'retriable-headers' needs 'retriableHeaders', such as {x-try-again: {present: true}}.");
        if (named && !wanted) reading.Error(map.Find("retriableHeaders")!.Value, "these headers are looked at only under the condition retriable-headers; add it to 'on'.");
    }

    private static void CheckBackoff(BackoffDraft backoff, YamlMap map, Reading reading)
    {
        if (backoff.Base < TimeSpan.FromMilliseconds(1)) reading.Error(map.Find("base")!.Value, "the base is below 1ms, the shortest there is.");
        if (backoff.Max is { } max && max < backoff.Base) reading.Error(map.Find("max")!.Value, $"the longest interval is below the base of {backoff.Base.TotalMilliseconds:0.###}ms.");
        if (backoff.Style != BackoffStyle.Linkerd && map.Find("jitter") is { } jitter) reading.Error(jitter.Value, "only 'style: linkerd' has a jitter; Envoy's back-off is always drawn from the whole interval.");
    }

    private sealed record BackoffDraft
    {
        public BackoffStyle Style { get; init; }

        public TimeSpan Base { get; init; } = new RetryConfig().BackoffBase;

        public TimeSpan? Max { get; init; }

        public double Jitter { get; init; } = new RetryConfig().BackoffJitter;
    }
}
