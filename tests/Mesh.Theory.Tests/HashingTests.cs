using System.Globalization;
using Mesh.Reports.Results;
using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>How evenly consistent hashing spreads requests: the largest share over the mean one (validation §3.17). Each replication is a service of another name, and so another ring.</summary>
public sealed class HashingTests
{
    private const int Replicas = 10;

    /// <summary>Requests without anything to hash by get a drawn hash, so that each replica gets its share of the ring.</summary>
    private static double[] Imbalance(string balancer, double requests) => [.. Enumerable.Range(1, 20).Select(seed =>
    {
        string name = "s" + seed.ToString(CultureInfo.InvariantCulture);
        var record = Records(Scenario.Text(1000, requests, 0, $"  {name}: {{replicas: {Replicas}, workers: 1000}}", $"loadBalancer: {balancer}", name), seed, seed).Single();
        return Largest(record) * Replicas;
    })];

    /// <summary>Expected values: an independent program's, over 20 rings of 10 replicas.</summary>
    [Theory]
    [InlineData("{algorithm: ringHash, minRingSize: 1000}", 1.156)]
    [InlineData("{algorithm: ringHash, minRingSize: 10000}", 1.047)]
    public void A_ring_s_largest_share_shrinks_with_its_points(string balancer, double expected) =>
        AssertAgrees(Imbalance(balancer, 200_000), expected, 0.05, 0.03, about: balancer);

    /// <summary>Maglev's table differs by one slot in 6,553; what is left is the draws' own noise, of which the largest of 200 shares is within four standard deviations.</summary>
    [Fact]
    public void Maglev_spreads_evenly()
    {
        const double requests = 400_000;
        double noise = Math.Sqrt(Replicas / (requests * Effort));
        Assert.All(Imbalance("maglev", requests), value => Assert.InRange(value, 1, 1 + 4 * noise));
    }

    [Fact]
    public void A_ring_of_a_point_each_fails_the_check() =>
        AssertDisagrees(Imbalance("{algorithm: ringHash, minRingSize: 10}", 50_000), 1.156, 0.3);

    private static double Largest(ReplicationRecord record)
    {
        double total = record.Endpoints.Sum(endpoint => endpoint.Attempts);
        return record.Endpoints.Max(endpoint => endpoint.Attempts) / total;
    }
}
