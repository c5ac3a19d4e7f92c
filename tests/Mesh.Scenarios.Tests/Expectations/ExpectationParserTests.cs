using Mesh.Reports.Results;
using Mesh.Scenarios.Expectations;
using Mesh.Scenarios.Tests.Language;

namespace Mesh.Scenarios.Tests.Expectations;

public sealed class ExpectationParserTests
{
    [Theory]
    [InlineData("success_rate >= 99%", "success_rate", ">=", 0.99)]
    [InlineData("  error_rate<0.5%", "error_rate", "<", 0.005)]
    [InlineData("latency.p999 <= 1m", "latency.p999", "<=", 60)]
    [InlineData("latency.mean != 250us", "latency.mean", "!=", 0.00025)]
    [InlineData("throughput > 6000/m", "throughput", ">", 100)]
    [InlineData("retry_amplification == 1.3", "retry_amplification", "==", 1.3)]
    [InlineData("attempts < 1e6", "attempts", "<", 1e6)]
    public void Metric_comparison_and_limit_are_read(string text, string metric, string sign, double limit)
    {
        var expectation = Parse(text);
        Assert.Equal((metric, sign, limit), (expectation.Metric.Name, expectation.Comparison.Sign, expectation.Limit));
        Assert.Equal(EdgeFilter.Entering, expectation.Filter);
    }

    [Theory]
    [InlineData("requests{} > 1", null, null, null)]
    [InlineData("requests{service=front} > 1", null, "front", null)]
    [InlineData("requests{to=front, path=/home} > 1", null, "front", "/home")]
    [InlineData("requests{from=front,to=back,path=/pay} > 1", "front", "back", "/pay")]
    [InlineData("requests{from=ingress} > 1", "ingress", null, null)]
    [InlineData("requests{path=/home} > 1", null, null, "/home")]
    public void Labels_say_which_traffic(string text, string? from, string? to, string? path) =>
        Assert.Equal(new EdgeFilter { From = from, To = to, Path = path }, Parse(text).Filter);

    [Theory]
    [InlineData("succes_rate >= 99%", 3, "'succes_rate' is not a metric. Did you mean 'success_rate'? Metrics: success_rate, error_rate, latency.mean,")]
    [InlineData("p(99) < 3ms", 3, "'p(99)' is not a metric.")]
    [InlineData("latency.p99{service=frnt} < 60ms", 23, "there is no service 'frnt'. Did you mean 'front'? Services: front, back.")]
    [InlineData("latency.p99{service=front, path=/hom} < 60ms", 35, "no request of this traffic has the path '/hom'. Did you mean '/home'? Paths: /checkout, /home.")]
    [InlineData("latency.p99 < 60", 17, "'60' has no unit; write 60ms or 60s or 60m.")]
    [InlineData("latency.p99 < 60%", 17, "'60%' has the unit '%', which no duration has.")]
    [InlineData("success_rate > 101%", 18, "'101%' is above 100%.")]
    [InlineData("success_rate > -1%", 18, "'-1%' is negative, and success_rate never is.")]
    [InlineData("requests > many", 14, "'many' is not a number; requests is limited by a plain number such as 1.3.")]
    [InlineData("requests{phase=a} > 3", 18, "there is no phase 'a': the scenario has no 'faults'.")]
    [InlineData("recovery_time{fault=a} < 3s", 23, "there is no fault 'a': the scenario has no 'faults'.")]
    [InlineData("requests{zone=a} > 3", 12, "'zone' is not a label. Labels: service, to, from, path, phase, fault.")]
    [InlineData("requests{to=back, service=back} > 3", 21, "the label 'service' says again which traffic is meant; 'service' and 'to' are the same. Keep one.")]
    [InlineData("requests{to} > 3", 12, "'to' is not a label; write label=value, such as service=cart.")]
    [InlineData("requests{from=back} > 1", 12, "'back' never calls 'any service', so that this can never be measured.")]
    [InlineData("requests =< 3", 12, "'=<' does not compare. Comparisons: < <= > >= == !=.")]
    [InlineData("requests", 3, "'requests' is not an expectation; write METRIC{label=value} OP LIMIT")]
    public void Mistakes_are_told_at_their_column_with_what_is_supported(string text, int column, string message)
    {
        string error = Assert.Single(Reads.Errors($"{Reads.Small}\nexpect:\n- {text}\n"));
        Assert.StartsWith($"s.yaml:21:{column}: expect[0]: {message}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_metric_is_named_once() => Assert.Equal(Metric.All.Count, Metric.All.Select(metric => metric.Name).Distinct().Count());

    private static Expectation Parse(string text) => Assert.Single(Reads.Scenario($"{Reads.Small}\nexpect:\n- {text}\n").Expectations);
}
