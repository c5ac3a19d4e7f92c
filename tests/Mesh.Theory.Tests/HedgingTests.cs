using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>
/// A second attempt d after the first, both exponential with mean 1 and nobody waiting: the answer comes at min(X, d + Y), so that beyond d its quantile is
/// t = (d - ln(1-q))/2, its mean is 1 - e^-d/2, and the extra load is e^-d (validation §3.16).
/// </summary>
public sealed class HedgingTests
{
    private static string Hedged(double quantile) => Scenario.Text(100, 200_000, 0, "  s: {replicas: 10, workers: 1000, serviceTime: {distribution: exponential, mean: 10ms}}",
        FormattableString.Invariant($"hedge: {{delay: {-10_000 * Math.Log(1 - quantile):F0}us, budget: 1000%}}"), "s");

    [Theory]
    [InlineData(0.95, 3.800)]
    [InlineData(0.5, 2.649)]
    public void The_tail_of_a_hedged_request_is_that_of_the_earlier_of_two(double quantile, double p99) =>
        AssertAgrees(Values(Hedged(quantile), 20, t => t.Latency.Percentile(0.99) / ServiceTime), p99, 0.02, about: $"(p99, hedged at the quantile {quantile})");

    [Theory]
    [InlineData(0.95, 0.975)]
    [InlineData(0.5, 0.75)]
    public void Its_mean_is_too(double quantile, double mean) =>
        AssertAgrees(Latencies(Hedged(quantile), 20), mean, 0.02, about: $"(mean, hedged at the quantile {quantile})");

    [Theory]
    [InlineData(0.95, 1.05)]
    [InlineData(0.5, 1.5)]
    public void The_extra_load_is_the_share_that_is_slower_than_the_delay(double quantile, double attempts) =>
        AssertAgrees(Values(Hedged(quantile), 20, t => t.RetryAmplification), attempts, 0.02, about: $"(attempts, hedged at the quantile {quantile})");

    [Fact]
    public void No_hedge_fails_the_check_of_the_tail() =>
        AssertDisagrees(Values(Scenario.Text(100, 200_000, 0, "  s: {replicas: 10, workers: 1000, serviceTime: {distribution: exponential, mean: 10ms}}", "", "s"), 20,
            t => t.Latency.Percentile(0.99) / ServiceTime), 3.800, 0.02);
}
