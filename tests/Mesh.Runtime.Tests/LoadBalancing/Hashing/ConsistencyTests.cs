using CsCheck;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Hashing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing.Hashing;

public class ConsistencyTests
{
    private static Endpoint[] Hosts(int count) => Fleet.Named(Enumerable.Range(0, count).Select(i => $"10.0.{i / 250}.{i % 250}:8080"));

    /// <summary>Who has each place of a table of 65537, by name.</summary>
    private static string[] Owners(Endpoint[] hosts) => [.. MaglevTable.Build(hosts, 65537).Owners.ToArray().Select(owner => hosts[owner].Name)];

    private static int[] PlacesOf(Endpoint[] hosts) => [.. Owners(hosts).GroupBy(name => name).Select(group => group.Count())];

    [Theory]
    [InlineData(10, 6553, 6554)]
    [InlineData(100, 655, 656)]
    [InlineData(1000, 65, 66)]
    public void Maglev_places_are_shared_equally_but_for_one(int n, int least, int most)
    {
        int[] places = PlacesOf(Hosts(n));
        Assert.Equal(n, places.Length);
        Assert.All(places, count => Assert.InRange(count, least, most));
    }

    /// <summary>Simulated independently: 0.15-0.42% of all places move beyond the leaver's own with 10 endpoints, 0.56-0.60% with 100, 0.56% with 1,000.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Maglev_moves_little_beyond_the_places_of_the_one_that_leaves(int n)
    {
        var hosts = Hosts(n);
        string[] before = Owners(hosts);
        for (int leaver = 0; leaver < n; leaver += n / 5)
        {
            string gone = hosts[leaver].Name;
            string[] after = Owners([.. hosts.Where(host => host.Name != gone)]);
            int moved = Enumerable.Range(0, before.Length).Count(i => before[i] != gone && before[i] != after[i]);
            Assert.InRange(moved / (double)before.Length, 0, 0.012);
            Assert.DoesNotContain(gone, after);
        }
    }

    /// <summary>On a ring nothing moves but what the leaver had.</summary>
    [Fact]
    public void Ring_moves_only_what_the_leaver_had() => Gen.Select(Gen.Int[2, 40], Gen.Int[0, 39], Gen.ULong.Array[50], Gen.Enum<RingHashFunction>()).Sample((n, leaver, hashes, function) =>
    {
        var hosts = Hosts(n);
        string gone = hosts[leaver % n].Name;
        Endpoint[] rest = [.. hosts.Where(host => host.Name != gone)];
        // As many entries for each as before: the ring's size goes with the number of endpoints.
        var (before, after) = (HashRing.Build(hosts, 32 * n, 8 << 20, function), HashRing.Build(rest, 32 * (n - 1), 8 << 20, function));
        foreach (ulong hash in hashes)
        {
            string owner = hosts[before.Find(hash, 0)].Name;
            if (owner != gone) Assert.Equal(owner, rest[after.Find(hash, 0)].Name);
        }
    }, iter: 200);

    /// <summary>Simulated independently: the coefficient of variation falls like 1/√(entries an endpoint), 0.092 at 100 and 0.028 at 1,000 with 10 endpoints.</summary>
    [Theory]
    [InlineData(10, 100, 0.04, 0.16)]
    [InlineData(10, 1000, 0.012, 0.05)]
    [InlineData(100, 100, 0.07, 0.13)]
    public void Ring_is_shared_unequally_the_less_the_more_entries_there_are(int n, int entries, double least, double most)
    {
        var ring = HashRing.Build(Hosts(n), n * entries, 8 << 20, RingHashFunction.XxHash64);
        Assert.Equal(n * entries, ring.Hashes.Length);
        double[] shares = new double[n];
        for (int i = 0; i < ring.Hashes.Length; i++) shares[ring.Owners[i]] += ring.Hashes[i] - (i == 0 ? ring.Hashes[^1] : ring.Hashes[i - 1]);
        double mean = shares.Average(), variance = shares.Average(share => (share - mean) * (share - mean));
        Assert.InRange(Math.Sqrt(variance) / mean, least, most);
    }

    [Fact]
    public void Places_go_by_weight() => Gen.Int[1, 20].Array[2, 12].Sample(weights =>
    {
        var hosts = Hosts(weights.Length).Select((host, i) => host with { Weight = weights[i] }).ToArray();
        double sum = weights.Sum();
        int[] table = new int[hosts.Length], ring = new int[hosts.Length];
        foreach (int owner in MaglevTable.Build(hosts, 65537).Owners) table[owner]++;
        var built = HashRing.Build(hosts, 1024, 8 << 20, RingHashFunction.XxHash64);
        foreach (int owner in built.Owners) ring[owner]++;
        for (int i = 0; i < hosts.Length; i++)
        {
            Assert.InRange(table[i] / 65537.0, weights[i] / sum - 0.001, weights[i] / sum + 0.001);
            // Envoy's sums are within a place of weight times scale, and the ring is the scale rounded up to a whole number.
            double share = weights[i] / sum;
            Assert.InRange(ring[i], share * built.Hashes.Length - 1 - share, share * built.Hashes.Length + 1 + share);
        }
    }, iter: 30);

    [Theory]
    [InlineData(6, 12, 8388608, 12)]
    [InlineData(6, 1024, 8388608, 1026)]   // 171 each
    [InlineData(10_000, 1024, 8388608, 10_000)]
    [InlineData(4, 6, 6, 6)]
    public void Ring_has_the_size_that_Envoy_gives_it(int n, int min, int max, int size) =>
        Assert.Equal(size, HashRing.Build(Hosts(n), min, max, RingHashFunction.XxHash64).Hashes.Length);

    [Theory]
    [InlineData(LoadBalancerAlgorithm.RingHash)]
    [InlineData(LoadBalancerAlgorithm.Maglev)]
    public void Equal_hashes_go_to_one_endpoint_and_requests_without_one_to_all(LoadBalancerAlgorithm algorithm)
    {
        var hosts = Hosts(10);
        var balancer = new HashBalancer(new LoadBalancerConfig { Algorithm = algorithm });
        balancer.Update(hosts);
        int[] with = new int[10], without = new int[10];
        for (ulong i = 0; i < 10_000; i++)
        {
            var draws = new DrawSequence(new KeyedRandom(1), Concern.LoadBalancing, i, 0);
            with[balancer.Pick(hosts, new EndpointStates(), new PickRequest(0, 0, 12345, true), ref draws)]++;
            without[balancer.Pick(hosts, new EndpointStates(), new PickRequest(0), ref draws)]++;
        }
        Assert.Contains(10_000, with);
        Assert.All(without, count => Assert.InRange(count, 500, 1700));
    }

    /// <summary>With everyone under the same hash, no endpoint has more than factor/100 of the average, rounded up as Envoy does, and one beyond.</summary>
    [Fact]
    public void Bounded_load_is_bounded() => Gen.Select(Gen.Int[2, 20], Gen.Int[100, 300], Gen.Int[1, 200]).Sample((n, factor, requests) =>
    {
        var hosts = Hosts(n);
        var balancer = new HashBalancer(new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Maglev, TableSize = 251, HashBalanceFactor = factor });
        balancer.Update(hosts);
        var states = new EndpointStates();
        for (int i = 0; i < requests; i++)
        {
            var draws = new DrawSequence(new KeyedRandom(1), Concern.LoadBalancing, (ulong)i, 0);
            states.Enter(hosts[balancer.Pick(hosts, states, new PickRequest(0, 0, 99, true), ref draws)].Id);
        }
        double slots = Math.Max(1, Math.Ceiling((((requests + 1L) * factor + 99) / 100) / (double)n));
        Assert.All(hosts, host => Assert.InRange(states.InFlight(host.Id), 0, slots + 1));
    }, iter: 200);

    [Fact]
    public void Order_in_which_the_overloaded_are_passed_over_depends_on_the_hash_alone()
    {
        var hosts = Hosts(10);
        var bound = new BoundedLoad(100);
        bound.Update(hosts);
        int[] first = Picks();
        Assert.Equal(first, Picks());
        Assert.True(first.Distinct().Count() > 3);

        int[] Picks() => [.. Enumerable.Range(0, 50).Select(hash =>
        {
            var states = new EndpointStates();
            for (int i = 0; i < 5; i++) states.Enter(hosts[0].Id);
            return bound.Pick(hosts, states, (ulong)hash, owner: 0);
        })];
    }
}
