using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Resilience;

public class RetryDecisionTests
{
    private static readonly MeshRequest Request = new() { Class = new RequestClass(0, 0, "s", "/") };

    private static ReplyFacts Status(int status) => new(status, ResponseFlags.None, -1, ReplyHints.None);

    /// <summary>Envoy's order: retriable, then the limit, then the budget.</summary>
    [Theory]
    [InlineData(200, 0, 0, RetryVerdict.Stands)]
    [InlineData(503, 2, 0, RetryVerdict.LimitReached)]    // an empty budget is not even asked
    [InlineData(503, 1, 0, RetryVerdict.Refused)]
    [InlineData(503, 1, 1, RetryVerdict.Retry)]
    [InlineData(503, 0, 1, RetryVerdict.Retry)]
    internal void Verdict_follows_Envoy_s_order(int status, int retries, int budget, RetryVerdict verdict) =>
        Assert.Equal(verdict, RetryDecision.Judge(new RetryConfig { Attempts = 2 }, new ConcurrentRetryBudget(0, budget), Request, Status(status), retries, 0, 10));

    [Fact]
    public void Without_a_budget_only_the_limit_holds() =>
        Assert.Equal(RetryVerdict.Retry, RetryDecision.Judge(new RetryConfig(), null, Request, Status(503), 1, 0, 1_000_000));

    [Fact]
    public void Budget_is_charged_for_retries_only_and_never_on_the_last_attempt() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 3].Select(i => new[] { 200, 409, 500, 503 }[i])).Sample((attempts, retries, free, status) =>
        {
            var budget = new ConcurrentRetryBudget(0, free);
            var verdict = RetryDecision.Judge(new RetryConfig { Attempts = attempts }, budget, Request, Status(status), retries, 0, 10);
            Assert.Equal(verdict == RetryVerdict.Retry ? 1 : 0, budget.Current);
            if (verdict == RetryVerdict.Retry) Assert.True(retries < attempts);
        });

    [Fact]
    public void Attempts_never_exceed_the_limit() =>
        Gen.Select(Gen.Int[0, 10], Gen.Bool.Select(bad => bad ? 503 : 200).Array[30]).Sample((limit, answers) =>
        {
            int attempts = 1;
            while (RetryDecision.Judge(new RetryConfig { Attempts = limit }, null, Request, Status(answers[attempts]), attempts - 1, 0, 1) == RetryVerdict.Retry) attempts++;
            Assert.InRange(attempts, 1, limit + 1);
        });
}
