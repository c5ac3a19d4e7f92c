using Mesh.Reports.Results;
using Mesh.Reports.Statistics;
using Mesh.Scenarios.Expectations;
using Mesh.Scenarios.Tests.Language;

namespace Mesh.Scenarios.Tests.Expectations;

/// <summary>Expectations are judged by the whole interval over the replications.</summary>
public sealed class ExpectationJudgeTests
{
    // Three replications with 1%, 2% and 3% failures: mean 98%, half width of the 95% t-interval 4.303 x 1% / sqrt(3) = 2.48%.
    private static readonly ReplicationRecord[] Spread = [Records.Of(1000, 10), Records.Of(1000, 20), Records.Of(1000, 30)];

    [Theory]
    [InlineData("success_rate >= 95%", Verdict.Pass)]
    [InlineData("success_rate >= 95.6%", Verdict.NotEnoughData)] // inside: 95.52% to 100.48%
    [InlineData("success_rate >= 98%", Verdict.NotEnoughData)]
    [InlineData("success_rate < 95.5%", Verdict.Fail)]
    [InlineData("success_rate > 95.5%", Verdict.Pass)]
    [InlineData("error_rate <= 5%", Verdict.Pass)]
    [InlineData("error_rate < 4.4%", Verdict.NotEnoughData)]
    [InlineData("error_rate > 5%", Verdict.Fail)]
    [InlineData("success_rate == 98%", Verdict.NotEnoughData)]
    [InlineData("success_rate == 90%", Verdict.Fail)]
    [InlineData("success_rate != 90%", Verdict.Pass)]
    [InlineData("success_rate != 98%", Verdict.NotEnoughData)]
    [InlineData("requests == 1000", Verdict.Pass)]
    [InlineData("requests != 1000", Verdict.Fail)]
    [InlineData("throughput >= 100/s", Verdict.Pass)]
    [InlineData("throughput > 100/s", Verdict.Fail)]
    [InlineData("latency.p99 < 11ms", Verdict.Pass)]
    [InlineData("latency.p99 < 9ms", Verdict.Fail)]
    [InlineData("latency.mean >= 9.9ms", Verdict.Pass)]
    [InlineData("latency.max <= 11ms", Verdict.Pass)]
    [InlineData("retry_amplification == 1", Verdict.Pass)]
    [InlineData("attempts > 1000", Verdict.Fail)]
    [InlineData("latency.p999 < 11ms", Verdict.NotEnoughData)] // 1000 requests each; 10 beyond the quantile need 10,000
    public void The_whole_interval_must_hold(string text, Verdict verdict) => Assert.Equal(verdict, Judge(text, Spread).Verdict);

    [Theory]
    [InlineData("success_rate >= 95%", 200, Verdict.Pass)] // ten failures at the limit need 200
    [InlineData("success_rate >= 95%", 199, Verdict.NotEnoughData)]
    [InlineData("success_rate >= 99.9%", 9_999, Verdict.NotEnoughData)]
    [InlineData("success_rate >= 99.9%", 10_000, Verdict.Pass)]
    [InlineData("success_rate == 100%", 99, Verdict.NotEnoughData)]
    [InlineData("success_rate == 100%", 100, Verdict.Pass)]
    [InlineData("latency.p50 < 11ms", 199, Verdict.NotEnoughData)]
    [InlineData("latency.p50 < 11ms", 200, Verdict.Pass)]
    [InlineData("latency.p99 < 11ms", 9_999, Verdict.NotEnoughData)]
    [InlineData("latency.p99 < 11ms", 10_000, Verdict.Pass)]
    [InlineData("latency.p99 < 9ms", 10_000, Verdict.Fail)]
    [InlineData("requests < 5", 1, Verdict.Pass)]
    public void A_single_replication_needs_enough_requests(string text, int requests, Verdict verdict) =>
        Assert.Equal(verdict, Judge(text, Records.Of(requests)).Verdict);

    [Fact]
    public void A_replication_without_requests_is_not_enough_data()
    {
        var verdict = Judge("success_rate >= 1%", Records.Of(100), Records.Of(0));
        Assert.Equal(Verdict.NotEnoughData, verdict.Verdict);
        Assert.Contains("a replication without any request", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expectation_that_the_mesh_misses_by_a_tenth_fails()
    {
        // The mutant: what passes on the sound mesh must fail on one that is 10% slower.
        ReplicationRecord[] sound = [.. Enumerable.Range(0, 5).Select(i => Records.Of(1000, 0, 10 + (0.01 * i)))];
        ReplicationRecord[] slower = [.. Enumerable.Range(0, 5).Select(i => Records.Of(1000, 0, 11 + (0.01 * i)))];
        Assert.Equal(Verdict.Pass, Judge("latency.mean < 10.5ms", sound).Verdict);
        Assert.Equal(Verdict.Fail, Judge("latency.mean < 10.5ms", slower).Verdict);
    }

    [Fact]
    public void Equal_values_make_an_interval_of_one_point()
    {
        var verdict = Judge("success_rate >= 98%", Records.Of(1000, 20), Records.Of(1000, 20));
        Assert.Equal((Verdict.Pass, verdict.Observed, verdict.Observed), (verdict.Verdict, verdict.Low, verdict.High));
    }

    [Fact]
    public void A_verdict_says_what_was_observed_and_what_was_asked()
    {
        Assert.Equal("success_rate: observed 98%, 95% interval 95.52% to 100.48% over 3 replications; the limit is < 95%.", Judge("success_rate < 95%", Spread).Explanation);
        Assert.Equal("latency.p999: one replication has only 1000 requests, and latency.p999 needs 10000 in each; make 'duration' longer.", Judge("latency.p999 < 1s", Spread).Explanation);
    }

    [Fact]
    public void Undecided_expectations_say_how_many_replications_would_do()
    {
        var verdict = Judge("success_rate >= 97%", Spread);
        Assert.Equal(Verdict.NotEnoughData, verdict.Verdict);
        Assert.EndsWith("About 7 replications would tell.", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_replications_that_would_do_does()
    {
        var interval = Interval.Of([1.0, 2.0, 3.0]);
        int count = ExpectationJudge.ReplicationsFor(interval, 1.5)!.Value;
        // The same spread in so many observations: alternating around the mean with standard deviation 1.
        double[] Many(int n) => [.. Enumerable.Range(0, n).Select(i => 2 + ((i % 2 == 0 ? 1 : -1) * Math.Sqrt((n - 1.0) / n)))];
        Assert.True(Interval.Of(Many(count % 2 == 0 ? count : count + 1)).Low > 1.5);
        Assert.Null(ExpectationJudge.ReplicationsFor(interval, 2));
    }

    private static ExpectationVerdict Judge(string text, params ReplicationRecord[] replications) =>
        ExpectationJudge.Judge(Assert.Single(Reads.SmallWith($"expect=['{text}']").Expectations), replications);
}
