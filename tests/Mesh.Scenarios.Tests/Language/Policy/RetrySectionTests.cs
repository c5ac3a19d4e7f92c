using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Tests.Language.Policy;

/// <summary>How retries, their budgets and hedging are written.</summary>
public sealed class RetrySectionTests
{
    private static PolicyConfig Policy(params string[] sets) => Reads.SmallWith(sets).World.Mesh.PolicyFor("back");

    [Fact]
    public void Every_condition_has_Envoy_s_name()
    {
        var retries = Policy("mesh.defaults.retries={on: [5xx, gateway-error, reset, reset-before-request, connect-failure, refused-stream, retriable-4xx, " +
            "envoy-ratelimited, cancelled, deadline-exceeded, internal, resource-exhausted, unavailable, retriable-headers, http3-post-connect-failure, 429, 510-520], retriableHeaders: {x-a: b}}").Retries!;
        Assert.Equal(Enum.GetValues<RetryOn>().Aggregate((all, one) => all | one), retries.On);
        Assert.Equal("[429, 510-520]", retries.StatusCodes.ToString());
    }

    [Fact]
    public void Every_key_is_read()
    {
        var retries = Policy("mesh.defaults.retries={attempts: 4, backoff: {style: linkerd, base: 10ms, max: 40ms, jitter: 50%}, avoidTried: 5, honorRetryAfter: true, " +
            "retryAfterMax: 60s, maxBody: 1KiB, idempotentOnly: true, budget: {percent: 10%, minConcurrent: 1}}").Retries!;
        Assert.Equal(new RetryConfig
        {
            Attempts = 4, BackoffStyle = BackoffStyle.Linkerd, BackoffBase = TimeSpan.FromMilliseconds(10), BackoffMax = TimeSpan.FromMilliseconds(40), BackoffJitter = 0.5,
            AvoidTried = 5, HonorRetryAfter = true, RetryAfterMax = TimeSpan.FromSeconds(60), MaxBodyBytes = 1024, IdempotentOnly = true,
            Budget = new ConcurrentBudgetConfig { Percent = 0.1, MinConcurrent = 1 },
        }, retries);
    }

    [Fact]
    public void Response_headers_priorities_and_the_budget_s_interval_are_read()
    {
        var retries = Policy("mesh.defaults.retries={on: [retriable-headers], retriableHeaders: {x-try-again: {present: true}, x-shard: moved}, previousPriorities: 2, budget: {percent: 20%, interval: 10s}}").Retries!;
        Assert.Equal(new RetryConfig
        {
            On = RetryOn.RetriableHeaders, PreviousPriorities = 2, Budget = new ConcurrentBudgetConfig { Interval = TimeSpan.FromSeconds(10) },
            RetriableHeaders = new([new("x-try-again", new TextMatch(TextMatchKind.Present)), new("x-shard", new TextMatch(TextMatchKind.Exact, "moved"))]),
        }, retries);
    }

    [Theory]
    [InlineData("{on: [http3-post-connect-failure]}", "'http3-post-connect-failure' is never met: MeshLab speaks no HTTP/3")]
    [InlineData("{previousPriorities: 1, budget: {percent: 20%}}", "'previousPriorities' leaves out priorities that were tried, and any service has only one")]
    public void What_never_happens_is_told(string retries, string warning) =>
        Assert.Contains(Reads.Warnings(Reads.Small, "mesh.defaults.retries=" + retries), told => told.Contains(warning, StringComparison.Ordinal));

    [Fact]
    public void Budget_is_Linkerd_s_where_it_has_a_ratio() =>
        Assert.Equal(new WindowedBudgetConfig { Ratio = 0.1, MinPerSecond = 2, Window = TimeSpan.FromSeconds(20) },
            Policy("mesh.defaults.retries={budget: {ratio: 10%, minPerSecond: 2, window: 20s}}").Retries!.Budget);

    [Fact]
    public void What_is_left_out_of_a_budget_is_its_system_s_default()
    {
        Assert.Equal(new ConcurrentBudgetConfig(), Policy("mesh.defaults.retries={budget: {percent: 20%}}").Retries!.Budget);
        Assert.Equal(new WindowedBudgetConfig(), Policy("mesh.defaults.retries={budget: {ratio: 20%}}").Retries!.Budget);
    }

    [Fact]
    public void Hedging_is_read() =>
        Assert.Equal(new HedgeConfig
        {
            Delay = TimeSpan.FromMilliseconds(50), Percentile = 0.95, Window = TimeSpan.FromSeconds(5), MinSamples = 20, MinDelay = TimeSpan.FromMilliseconds(2),
            MaxExtra = 2, OnPerTryTimeout = true, Budget = 0.05,
        }, Policy("mesh.defaults.hedge={delay: 50ms, percentile: 95%, window: 5s, minSamples: 20, minDelay: 2ms, max: 2, onPerTryTimeout: true, budget: 5%}").Hedge);

    [Theory]
    [InlineData("retries.on=[503-500]", "the range '503-500' ends before it begins; write the lower status first.")]
    [InlineData("retries.on=[300-500]", "'300-500' is neither a condition nor a status from 400 to 599, or a range of them such as 500-504.")]
    [InlineData("retries.on=[gateway-eror]", "Did you mean 'gateway-error'?")]
    [InlineData("retries.budget={minConcurrent: 4}", "needs one of the keys 'percent', 'ratio', but has only 'minConcurrent'.")]
    [InlineData("retries.budget={percent: 20%, window: 10s}", "unknown key 'window'.")]
    [InlineData("retries.budget={percent: 120%}", "'120%' is outside the range; write 0% or more and at most 100%.")]
    [InlineData("retries.budget={ratio: 20%, window: 100ms}", "the window must be from 1s to 60s, as Linkerd's must.")]
    [InlineData("retries.on=[retriable-headers]", "'retriable-headers' needs 'retriableHeaders', such as {x-try-again: {present: true}}.")]
    [InlineData("retries.retriableHeaders={x-a: b}", "these headers are looked at only under the condition retriable-headers; add it to 'on'.")]
    [InlineData("retries.budget={percent: 20%, interval: 2h}", "the interval is longer than an hour.")]
    [InlineData("retries.budget=20%", "needs a budget: {percent: 20%, minConcurrent: 3} as Envoy's")]
    [InlineData("retries.backoff={jitter: 50%}", "only 'style: linkerd' has a jitter;")]
    [InlineData("hedge={}", "nothing here starts a hedge; give 'delay', 'percentile' or 'onPerTryTimeout: true'.")]
    [InlineData("hedge={percentile: 0%}", "a percentile of 0% would hedge every request at once;")]
    [InlineData("hedge={percentile: 100%}", "'100%' is outside the range; write 0% or more and below 100%.")]
    [InlineData("hedge={delay: 5ms, budget: 0%}", "a budget of 0% allows no hedge;")]
    [InlineData("hedge={percentile: 95%, window: 10ms}", "the window is below 100ms, the shortest there is.")]
    public void A_wrong_value_is_told(string set, string message) =>
        Assert.Contains(message, Assert.Single(Reads.Errors(Reads.Small, "mesh.defaults." + set)), StringComparison.Ordinal);
}
