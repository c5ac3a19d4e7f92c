using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class LocalityTests
{
    private static readonly PolicyConfig ZoneAware = new() { Locality = new LocalityConfig { ZoneAware = true } };

    [Fact]
    public void Envoys_example_holds_for_picks()
    {
        // Callers 4, 4, 2; endpoints 2, 4, 2: shares 4000 4000 2000 against 2500 5000 2500.
        var picker = new Picker(ZoneAware, "aabbbbcc", Picker.CallerIn("aaaabbbbcc"));
        Fleet.AssertDistribution([0.625, 0.375 * 2 / 3, 0.375 / 3], picker.PicksByZone(60_000));
        Assert.IsType<ZoneRouting>(picker.Selector.Whole.Levels[0].ZoneChoice);
    }

    [Fact]
    public void Requests_stay_where_there_is_room_for_all()
    {
        var picker = new Picker(ZoneAware, "aaabbb", Picker.CallerIn("ab"));
        Assert.Equal([1000, 0], picker.PicksByZone(1000));
    }

    [Theory]
    [InlineData("aabbb", "ab")]        // fewer than 6 endpoints
    [InlineData("aaaaaa", "ab")]       // one zone of endpoints
    [InlineData("aaabbb", "aa")]       // one zone of callers
    public void Zones_are_ignored_where_the_conditions_do_not_hold(string endpoints, string callers)
    {
        var picker = new Picker(ZoneAware, endpoints, Picker.CallerIn(callers));
        Fleet.AssertUniform(picker.Picks(20_000));
        Assert.Null(picker.Selector.Whole.Levels[0].ZoneChoice);
    }

    [Fact]
    public void An_ingress_knows_no_peers_and_ignores_zones()
    {
        var picker = new Picker(ZoneAware, "aaabbb", LocalCluster.Of(null, "a", "ingress"));
        Fleet.AssertUniform(picker.Picks(20_000));
    }

    [Fact]
    public void Ejections_below_the_least_number_switch_zones_off()
    {
        var picker = new Picker(ZoneAware, "aaabbb", Picker.CallerIn("ab"));
        picker.Eject(50);
        Assert.InRange(picker.PicksByZone(1000)[1], 1, 999);
    }

    [Fact]
    public void Health_moves_the_shares()
    {
        // Of 4 and 4 healthy 2 and 4: a can take 3333 of the callers' 5000.
        var picker = new Picker(ZoneAware, "aaaabbbb", Picker.CallerIn("ab"));
        picker.Eject(0, 10);
        Fleet.AssertDistribution([0.6666, 0.3334], picker.PicksByZone(30_000));
    }

    [Fact]
    public void Panic_ignores_zones()
    {
        var picker = new Picker(ZoneAware with { PanicThreshold = 0.9 }, "aaaabbbb", Picker.CallerIn("ab"));
        picker.Eject(0, 10, 20);      // 5 of 8: 87 < 100 available
        Fleet.AssertUniform(picker.Picks(20_000));
    }

    [Fact]
    public void Affinity_goes_before_the_zone()
    {
        var picker = new Picker(ZoneAware, "aaabbb", Picker.CallerIn("ab"));
        Assert.Contains("b", Enumerable.Range(0, 100).Select(_ => picker.Pick(hash: 5)!.Zone));
    }

    [Fact]
    public void Distribute_gives_each_zone_its_share_and_the_others_nothing()
    {
        var picker = Distributed("aabbbbcc", ("a", 0.8), ("b", 0.2));
        Fleet.AssertDistribution([0.8, 0.2, 0], picker.PicksByZone(30_000));
    }

    [Fact]
    public void A_zone_keeps_its_share_while_its_health_times_the_factor_is_enough()
    {
        var picker = Distributed("aaaabbbb", ("a", 0.8), ("b", 0.2));
        picker.Eject(0);       // 1.4 * 3/4 > 1
        Fleet.AssertDistribution([0.8, 0.2], picker.PicksByZone(30_000));
        picker.Eject(10);      // 0.8 * 1.4 * 2/4 = 0.56 against 0.2
        Fleet.AssertDistribution([0.56 / 0.76, 0.2 / 0.76], picker.PicksByZone(30_000));
    }

    [Fact]
    public void An_affinity_hash_keeps_its_zone()
    {
        var picker = Distributed("aabb", ("a", 0.5), ("b", 0.5));
        for (ulong hash = 0; hash < 20; hash++)
        {
            ulong one = hash;
            Assert.Single(Enumerable.Range(0, 20).Select(_ => picker.Pick(hash: one)!.Zone).Distinct());
        }
    }

    [Fact]
    public void A_caller_in_a_zone_without_shares_treats_all_alike()
    {
        var policy = new PolicyConfig { Locality = new LocalityConfig { Distribute = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["z"] = new Dictionary<string, double> { ["a"] = 1 } } } };
        Fleet.AssertUniform(new Picker(policy, "abc", Picker.CallerIn("ab")).Picks(10_000));
    }

    private static Picker Distributed(string endpoints, params (string Zone, double Share)[] shares) => new(
        new PolicyConfig
        {
            LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.Random },
            Locality = new LocalityConfig { Distribute = new Dictionary<string, IReadOnlyDictionary<string, double>> { ["a"] = shares.ToDictionary(one => one.Zone, one => one.Share) } },
        }, endpoints, Picker.CallerIn("ab"));
}
