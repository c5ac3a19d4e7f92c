using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>Single stations: what a replica's workers and its queue must do.</summary>
public sealed class QueueTests
{
    private const string Exponential = "serviceTime: {distribution: exponential, mean: 10ms}";

    [Theory]
    [InlineData(0.5, 40_000, 0.02)]
    [InlineData(0.8, 250_000, 0.02)]
    [InlineData(0.9, 500_000, 0.03)]
    public void An_exponential_server_has_the_sojourn_time_of_MM1(double rho, double requests, double precision) =>
        AssertAgrees(Latencies(Scenario.Queue(rho, requests, 4_000, $"workers: 1, queue: unlimited, {Exponential}"), 20), ClosedForms.MM1(rho), precision, about: $"(rho {rho})");

    [Theory]
    [InlineData(4, 0.8, 200_000, 0.02)]
    [InlineData(10, 0.9, 300_000, 0.03)]
    [InlineData(32, 0.9, 200_000, 0.03)]
    public void A_server_of_c_workers_has_the_sojourn_time_of_MMc(int c, double rho, double requests, double precision) =>
        AssertAgrees(Latencies(Scenario.Queue(rho, requests, 400, $"workers: {c}, queue: unlimited, {Exponential}", c), 20), ClosedForms.MMc(c, rho), precision, about: $"({c} workers, rho {rho})");

    [Theory]
    [InlineData(0.8, 120_000, 0.02)]
    [InlineData(0.9, 300_000, 0.03)]
    public void A_constant_service_time_has_the_sojourn_time_of_MD1(double rho, double requests, double precision) =>
        AssertAgrees(Latencies(Scenario.Queue(rho, requests, 4_000, "workers: 1, queue: unlimited, serviceTime: 10ms"), 20), ClosedForms.MG1(rho, 0), precision, about: $"(rho {rho})");

    [Theory]
    [InlineData("10ms")]
    [InlineData("{distribution: exponential, mean: 10ms}")]
    [InlineData("{distribution: lognormal, mean: 10ms, cv: 2}")]
    [InlineData("{distribution: weibull, mean: 10ms, cv: 1.5}")]
    [InlineData("{distribution: uniform, min: 0ms, max: 20ms}")]
    public void Processor_sharing_is_insensitive_to_the_service_law(string serviceTime) =>
        AssertAgrees(Latencies(Scenario.Queue(0.7, 150_000, 1_000, $"workers: 1, queue: unlimited, discipline: processorSharing, serviceTime: {serviceTime}"), 20),
            ClosedForms.MM1(0.7), 0.02, about: $"(rho 0.7, {serviceTime})");

    [Theory]
    [InlineData(0.9, 10, 250_000)]
    [InlineData(1.2, 10, 150_000)]
    public void A_bounded_queue_turns_away_what_MM1K_does(double rho, int k, double requests) =>
        AssertAgrees(Blocking(Scenario.Queue(rho, requests, 500, $"workers: 1, queue: {k - 1}, {Exponential}")), ClosedForms.MM1KBlocking(rho, k), 0.02, about: $"(rho {rho}, K {k})");

    [Theory]
    [InlineData(10, 0.9, "{distribution: exponential, mean: 10ms}")]
    [InlineData(10, 0.9, "10ms")]
    [InlineData(5, 0.8, "{distribution: lognormal, mean: 10ms, cv: 2}")]
    public void Workers_without_a_queue_turn_away_what_Erlang_B_says_for_any_service_law(int c, double rho, string serviceTime) =>
        AssertAgrees(Blocking(Scenario.Queue(rho, 100_000, 200, $"workers: {c}, queue: 0, serviceTime: {serviceTime}", c)), ClosedForms.ErlangB(c, c * rho), 0.02, about: $"({c} workers, rho {rho}, {serviceTime})");

    [Fact]
    public void A_service_five_percent_slower_fails_the_check_of_MM1() =>
        AssertDisagrees(Latencies(Scenario.Queue(0.8, 400_000, 4_000, "workers: 1, queue: unlimited, serviceTime: {distribution: exponential, mean: 10.5ms}"), 20),
            ClosedForms.MM1(0.8), 0.02);

    private static double[] Blocking(string scenario) => Values(scenario, 20, totals => 1 - totals.SuccessRate);
}
