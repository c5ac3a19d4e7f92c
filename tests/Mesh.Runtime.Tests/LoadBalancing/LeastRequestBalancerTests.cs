using CsCheck;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class LeastRequestBalancerTests
{
    private const int Requests = 40_000;
    private static readonly LeastRequestBalancer WithReplacement = new(2, withReplacement: true);
    private static readonly LeastRequestBalancer Distinct = new(2, withReplacement: false);

    /// <summary>
    /// With replacement the busier of two is picked when both draws fall on it, 1/n² = 25% of the time; distinct draws always see both.
    /// </summary>
    [Fact]
    public void Busier_of_two_is_picked_a_quarter_of_the_time_with_replacement_and_never_without()
    {
        Fleet.AssertDistribution([0.25, 0.75], new Fleet(1, 0).Picks(WithReplacement, Requests));
        Assert.Equal([0, Requests], new Fleet(1, 0).Picks(Distinct, Requests));
    }

    /// <summary>
    /// Loads 0 &lt; 1 &lt; … &lt; n-1 show the pair drawn: the k-th least loaded wins when both draws are at k or above and one is k.
    /// With replacement: ((n-k)² - (n-k-1)²)/n²; distinct: 2(n-k-1)/(n(n-1)).
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void Rank_of_the_picked_follows_the_kind_of_draw(int n)
    {
        int[] loads = [.. Enumerable.Range(0, n)];
        Fleet.AssertDistribution([.. loads.Select(k => (2.0 * (n - k) - 1) / (n * n))], new Fleet(loads).Picks(WithReplacement, Requests));
        Fleet.AssertDistribution([.. loads.Select(k => 2.0 * (n - k - 1) / (n * (n - 1)))], new Fleet(loads).Picks(Distinct, Requests));
    }

    [Fact]
    public void Draws_with_replacement_fail_the_test_for_distinct_ones() =>
        Assert.ThrowsAny<Exception>(() =>
        {
            int[] loads = [.. Enumerable.Range(0, 8)];
            Fleet.AssertDistribution([.. loads.Select(k => 2.0 * (8 - k - 1) / (8 * 7))], new Fleet(loads).Picks(WithReplacement, Requests));
        });

    [Theory]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public void Equal_loads_share_equally(int choices, bool withReplacement)
    {
        foreach (int n in new[] { 2, 3, 10, 100 })
            Fleet.AssertUniform(Fleet.Idle(n).Picks(new LeastRequestBalancer(choices, withReplacement), Requests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void First_drawn_stays_on_a_tie(bool withReplacement)
    {
        var balancer = new LeastRequestBalancer(3, withReplacement);
        var random = new KeyedRandom(5);
        var fleet = Fleet.Idle(7);
        balancer.Update(fleet.Endpoints);
        for (ulong request = 0; request < 200; request++)
        {
            var draws = new DrawSequence(random, Concern.LoadBalancing, request, 0);
            Assert.Equal(KeyedRandom.ToIndex(random.Bits(Concern.LoadBalancing, request), 7), balancer.Pick(fleet.Endpoints, fleet.States, new PickRequest(0), ref draws));
        }
    }

    /// <summary>Distinct choices of as many as there are see everyone; with replacement of d they miss the least loaded with probability (1-1/n)^d.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(12)]
    public void As_many_distinct_choices_as_endpoints_find_the_least_loaded(int choices)
    {
        var fleet = new Fleet(4, 3, 2, 0, 1);
        Assert.Equal([0, 0, 0, 1000, 0], fleet.Picks(new LeastRequestBalancer(choices, withReplacement: false), 1000));
        double missed = Math.Pow(0.8, choices);
        int[] picks = fleet.Picks(new LeastRequestBalancer(choices, withReplacement: true), Requests);
        Fleet.AssertDistribution([missed, 1 - missed], [Requests - picks[3], picks[3]]);
    }

    /// <summary>With a load of 9 at a, 8 at b and 0 elsewhere, b is picked when the pair drawn is {a, b}, and only then.</summary>
    [Fact]
    public void Distinct_draws_reach_every_pair_equally()
    {
        const int n = 6, requests = 10_000;
        var hits = new List<int>();
        for (int a = 0; a < n; a++)
        {
            for (int b = a + 1; b < n; b++)
            {
                int[] loads = [.. Enumerable.Range(0, n).Select(i => i == a ? 9 : i == b ? 8 : 0)];
                hits.Add(new Fleet(loads).Picks(Distinct, requests)[b]);
            }
        }
        double share = 1.0 / (n * (n - 1) / 2);
        Assert.All(hits, count => Fleet.AssertDistribution([share, 1 - share], [count, requests - count]));
    }

    [Fact]
    public void Picked_is_never_busier_than_the_busiest_choice_allows() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 24], Gen.Int[2, 20], Gen.Bool).Sample((loads, choices, withReplacement) =>
        {
            int[] picks = new Fleet(loads).Picks(new LeastRequestBalancer(choices, withReplacement), 50);
            if (withReplacement) return;   // only that it picks at all
            // Of d distinct endpoints one is among the n-d+1 least loaded.
            int limit = loads.Order().ElementAt(Math.Max(0, loads.Length - choices));
            for (int i = 0; i < loads.Length; i++)
                if (loads[i] > limit) Assert.Equal(0, picks[i]);
        }, iter: 500);

    [Fact]
    public void Only_endpoint_is_picked_whatever_its_load() =>
        Assert.Equal([10], new Fleet(1000).Picks(WithReplacement, 10));

    [Fact]
    public void Default_configuration_is_two_choices_with_replacement() =>
        Fleet.AssertDistribution([0.25, 0.75], new Fleet(1, 0).Picks(LoadBalancers.Create(new BalancerContext(new LoadBalancerConfig(), new KeyedRandom(1), 0, 0)), Requests));
}
