using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>Services that call services: scripts, feedback, fork and join, retries.</summary>
public sealed class NetworkOfQueuesTests
{
    private const string Single = "workers: 1, queue: unlimited";

    /// <summary>
    /// Jackson's network, validation example 3.11 with its unit of time put at the service time: gamma 1, A (rate 3) sends half to B (rate 2) and half to C (rate 1.5),
    /// C sends a fifth back to A. The sum of rho/(1-rho) over gamma is 1.561086.
    /// </summary>
    [Fact]
    public void Calls_with_feedback_are_a_Jackson_network()
    {
        string services = $$"""
              a:
                {{Single.Replace(", ", "\n    ")}}
                serviceTime: {distribution: exponential, mean: 3.3333333ms}
                endpoints: [{path: /, calls: [{oneOf: [{to: b, weight: 1}, {to: c, weight: 1}]}]}]
              b: { {{Single}}, serviceTime: {distribution: exponential, mean: 5ms} }
              c:
                {{Single.Replace(", ", "\n    ")}}
                serviceTime: {distribution: exponential, mean: 6.6666667ms}
                endpoints: [{path: /, calls: [{to: a, probability: 20%}]}]
            """;
        AssertAgrees(Latencies(Scenario.Text(100, 100_000, 500, services, "", "a"), 20), 1.561086, 0.02);
    }

    [Theory]
    [InlineData(0.5, 80_000, 0.02)]
    [InlineData(0.8, 300_000, 0.02)]
    public void Two_parallel_calls_are_fork_and_join(double rho, double requests, double precision)
    {
        string leaf = $"{{{Single}, serviceTime: {{distribution: exponential, mean: 10ms}}}}";
        string services = $$"""
              caller: {workers: 1000, endpoints: [{path: /, calls: [{parallel: [{to: left}, {to: right}]}]}]}
              left: {{leaf}}
              right: {{leaf}}
            """;
        AssertAgrees(Latencies(Scenario.Text(rho * 100, requests, 1_500, services, "", "caller"), 20), ClosedForms.ForkJoin2(rho), precision, about: $"(rho {rho})");
    }

    private static string Failing(double percent, int retries) => Scenario.Text(100, 50_000, 0,
        FormattableString.Invariant($"  s: {{workers: 100, errorRate: {percent}%}}"),
        $"retries: {{attempts: {retries}, on: [5xx], backoff: {{base: 1ms, max: 1ms}}}}", "s");

    [Theory]
    [InlineData(50, 2)]
    [InlineData(50, 4)]
    [InlineData(90, 2)]
    [InlineData(10, 1)]
    public void Retries_make_the_attempts_and_the_successes_of_independent_trials(double percent, int retries)
    {
        double p = percent / 100;
        AssertAgrees(Values(Failing(percent, retries), 20, t => t.RetryAmplification), ClosedForms.Attempts(p, retries + 1), 0.02, about: $"(attempts; {percent}% fail, {retries} retries)");
        AssertAgrees(Values(Failing(percent, retries), 20, t => t.SuccessRate), 1 - Math.Pow(p, retries + 1), 0.02, about: $"(successes; {percent}% fail, {retries} retries)");
    }

    [Fact]
    public void One_retry_more_fails_the_check_of_retries() =>
        AssertDisagrees(Values(Failing(50, 3), 20, t => t.RetryAmplification), ClosedForms.Attempts(0.5, 3), 0.02);
}
