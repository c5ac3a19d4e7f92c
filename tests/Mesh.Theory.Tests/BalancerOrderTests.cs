using Mesh.Reports.Statistics;
using static Mesh.Theory.Tests.Balanced;
using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>Which balancer is better than which, by paired differences: the same arrivals and demands for all.</summary>
public sealed class BalancerOrderTests
{
    /// <summary>Exponential service: one queue for all is the best, then the shortest queue, then an idle queue and two choices, and a random replica the worst.</summary>
    [Theory]
    [InlineData(0.5, 200_000)]
    [InlineData(0.9, 60_000)]
    public void Balancers_keep_their_order(double rho, double requests)
    {
        double oneQueue = ClosedForms.MMc(10, rho);
        double[] shortest = Latencies(Replicas(10, rho, requests, ShortestQueue), 20);
        double[] random = Latencies(Replicas(10, rho, requests, RandomChoice), 20);
        Assert.True(Interval(shortest).Low > oneQueue, $"the shortest queue has {Interval(shortest).Mean:G4}, one queue for all {oneQueue:G4}");
        foreach (string between in new[] { IdleQueue, WithReplacement, RoundRobin })
        {
            double[] latencies = Latencies(Replicas(10, rho, requests, between), 20);
            AssertLess(shortest, latencies, between);
            AssertLess(latencies, random, between);
        }

        static void AssertLess(double[] less, double[] more, string about)
        {
            var difference = PairedDifference.Of(less, more, Confidence).Difference;
            Assert.True(difference.Low > 0, $"{about}: {difference.Low:G4} to {difference.High:G4}");
        }
    }

    /// <summary>The same arrivals and demands for both, so the difference is paired: round robin wins at low load, two choices at high.</summary>
    [Theory]
    [InlineData(0.5, 450_000, true)]
    [InlineData(0.7, 150_000, false)]
    public void Round_robin_and_two_choices_cross(double rho, double requests, bool roundRobinWins)
    {
        double[] roundRobin = Latencies(Replicas(100, rho, requests, RoundRobin), 20);
        double[] twoChoices = Latencies(Replicas(100, rho, requests, WithReplacement), 20);
        var paired = PairedDifference.Of(twoChoices, roundRobin, Confidence);
        var difference = paired.Difference;

        Assert.True(paired.IsSignificant && difference.Mean < 0 == roundRobinWins, $"round robin less two choices: {difference.Low:G4} to {difference.High:G4}");
    }
}
