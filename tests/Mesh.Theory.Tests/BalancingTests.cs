using static Mesh.Theory.Tests.Balanced;
using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>One proxy that balances over single-worker replicas, where requests in flight are the queues' true lengths.</summary>
public sealed class BalancingTests
{
    [Theory]
    [InlineData(10, 0.5, 60_000, 0.02)]
    [InlineData(10, 0.8, 250_000, 0.02)]
    [InlineData(100, 0.8, 300_000, 0.02)]
    public void Round_robin_makes_each_replica_a_GI_M_1_queue(int n, double rho, double requests, double precision) =>
        AssertAgrees(Latencies(Replicas(n, rho, requests, RoundRobin), 20), ClosedForms.RoundRobin(n, rho), precision, about: $"({n} replicas, rho {rho})");

    // References: an independent program's simulation, with the half width of its own 95% interval (in units of the mean service time).
    [Theory]
    [InlineData(8, 0.9, WithReplacement, 3.252, 0.036)]
    [InlineData(8, 0.9, Distinct, 3.095, 0.012)]
    [InlineData(100, 0.9, WithReplacement, 2.6651, 0.0154)]
    [InlineData(100, 0.9, Distinct, 2.6340, 0.0126)]
    [InlineData(100, 0.7, WithReplacement, 1.6259, 0.0073)]
    [InlineData(100, 0.7, Distinct, 1.6184, 0.0054)]
    public void Two_choices_have_the_sojourn_time_that_was_simulated_independently(int n, double rho, string policy, double expected, double halfWidth) =>
        AssertAgrees(Latencies(Replicas(n, rho, 250_000, policy), 20), expected, 0.02, halfWidth,
            about: $"({n} replicas, rho {rho}, {(policy == Distinct ? "distinct" : "with replacement")})");

    // JSQ of two: the truncated chain's exact value; the others: an independent program's simulation, as above.
    [Theory]
    [InlineData(2, 0.5, 1.4263, 0)]
    [InlineData(10, 0.9, 1.928, 0.026)]
    [InlineData(100, 0.9, 1.0687, 0.004)]
    public void The_shortest_queue_has_the_sojourn_time_that_is_known(int n, double rho, double expected, double halfWidth) =>
        AssertAgrees(Latencies(Replicas(n, rho, 150_000, ShortestQueue), 20), expected, 0.02, halfWidth, about: $"({n} replicas, rho {rho})");

    [Theory]
    [InlineData(10, 0.9, 2.410, 0.043, 450_000)]
    [InlineData(100, 0.9, 1.0740, 0.006, 100_000)]
    public void Joining_an_idle_queue_has_the_sojourn_time_that_was_simulated_independently(int n, double rho, double expected, double halfWidth, double requests) =>
        AssertAgrees(Latencies(Replicas(n, rho, requests, IdleQueue), 20), expected, 0.02, halfWidth, about: $"({n} replicas, rho {rho})");

    [Fact]
    public void Two_choices_in_place_of_the_shortest_queue_fail_its_check() =>
        AssertDisagrees(Latencies(Replicas(10, 0.9, 150_000, WithReplacement), 20), 1.928, 0.02, 0.026);

    /// <summary>They differ by 5% at eight replicas; this one asks for enough requests to tell in either suite.</summary>
    [Fact]
    public void Replacement_and_distinct_choices_swapped_fail_the_check_at_eight_replicas()
    {
        const double requests = 1_000_000;
        AssertDisagrees(Latencies(Replicas(8, 0.9, requests, Distinct), 20), 3.252, 0.01, 0.036, about: "(distinct)");
        AssertDisagrees(Latencies(Replicas(8, 0.9, requests, WithReplacement), 20), 3.095, 0.01, 0.012, about: "(with replacement)");
    }

    [Fact]
    public void Random_in_place_of_round_robin_fails_its_check() =>
        AssertDisagrees(Latencies(Replicas(10, 0.8, 250_000, RandomChoice), 20), ClosedForms.RoundRobin(10, 0.8), 0.02);
}
