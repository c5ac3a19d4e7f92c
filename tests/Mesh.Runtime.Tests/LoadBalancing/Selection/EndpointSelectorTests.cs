using CsCheck;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class EndpointSelectorTests
{
    private static readonly LoadBalancerConfig RoundRobin = new() { Algorithm = LoadBalancerAlgorithm.RoundRobin };

    [Fact]
    public void Ejected_and_unhealthy_endpoints_get_nothing()
    {
        var picker = new Picker(null, "aaaaaa");
        picker.Eject(10);
        picker.States.Health(30).Unhealthy = true;
        picker.States.HealthChanged();
        int[] picks = picker.Picks(1000);
        Assert.Equal([false, true, false, true, false, false], picks.Select(count => count == 0));
    }

    [Fact]
    public void Readmitted_endpoint_gets_requests_again()
    {
        var picker = new Picker(null, "aaa");
        picker.Eject(10);
        Assert.Equal(0, picker.Picks(300)[1]);
        picker.Readmit(5, 10);
        Assert.InRange(picker.Picks(300)[1], 1, 299);
    }

    [Fact]
    public void Below_the_threshold_all_are_picked_and_the_panic_is_told_once()
    {
        var picker = new Picker(null, "aaaaaa");
        picker.Eject(0, 10);
        Assert.Equal(4, picker.Picks(300).Count(picks => picks > 0));
        Assert.False(picker.Selector.PanicChanged());

        picker.Eject(20, 30);      // 2 of 6 healthy
        Assert.Equal(6, picker.Picks(300).Count(picks => picks > 0));
        Assert.True(picker.Selector.InPanic);
        Assert.True(picker.Selector.PanicChanged());
        Assert.False(picker.Selector.PanicChanged());

        picker.Readmit(1, 0);      // 3 of 6: strictly below 50% it is not
        Assert.Equal(3, picker.Picks(300).Count(picks => picks > 0));
        Assert.True(picker.Selector.PanicChanged());
        Assert.False(picker.Selector.InPanic);
    }

    [Fact]
    public void Threshold_0_never_panics_and_leaves_no_endpoint()
    {
        var picker = new Picker(new PolicyConfig { PanicThreshold = 0 }, "aaa");
        picker.Eject(0, 10, 20);
        Assert.Null(picker.Pick());
        Assert.False(picker.Selector.PanicChanged());
    }

    [Fact]
    public void Service_without_endpoints_has_none()
    {
        var picker = new Picker(null, "");
        Assert.Null(picker.Pick());
        Assert.False(picker.Selector.InPanic);
    }

    [Fact]
    public void Lists_are_made_again_only_after_a_change()
    {
        var picker = new Picker(null, "aaa");
        picker.Picks(100);
        Assert.Equal(1, picker.Selector.Rebuilds);

        picker.Selector.Apply(picker.Model, picker.Local, 1);      // the same service in a newer snapshot
        picker.Picks(100);
        Assert.Equal(1, picker.Selector.Rebuilds);

        picker.Eject(0);
        picker.Eject(10);
        Assert.Equal(1, picker.Selector.Rebuilds);                  // nobody has asked yet
        picker.Picks(100);
        Assert.Equal(2, picker.Selector.Rebuilds);

        picker.Apply(2, picker.Model.Endpoints[1..]);
        picker.Picks(100);
        Assert.Equal(3, picker.Selector.Rebuilds);
    }

    [Fact]
    public void Round_robin_goes_on_where_it_was_after_a_snapshot_that_changes_nothing()
    {
        var picker = new Picker(new PolicyConfig { LoadBalancer = RoundRobin }, "aaa");
        int first = picker.Pick()!.Id;
        picker.Apply(1, [.. picker.Model.Endpoints]);
        Assert.Equal((first + 10) % 30, picker.Pick()!.Id);
    }

    [Fact]
    public void Versions_and_named_subsets_are_picked_from_alone()
    {
        var policy = new PolicyConfig
        {
            Subsets = new Dictionary<string, SubsetConfig>
            {
                ["gold"] = new() { Labels = new Dictionary<string, string> { ["tier"] = "gold" } },
                ["newGold"] = new() { Labels = new Dictionary<string, string> { ["tier"] = "gold", ["version"] = "v2" } },
            },
        };
        var picker = new Picker(policy,
        [
            Picker.Endpoint(0, version: "v1"), Picker.Endpoint(1, "", "v1", ("tier", "gold")), Picker.Endpoint(2, "", "v2", ("tier", "gold")), Picker.Endpoint(3, "", "v2", ("tier", "tin")),
        ]);
        Assert.Equal([0, 1], Reached("v1"));
        Assert.Equal([2, 3], Reached("v2"));
        Assert.Equal([1, 2], Reached("gold"));
        Assert.Equal([2], Reached("newGold"));
        Assert.Null(picker.Pick(subset: "v3"));

        int[] Reached(string subset) => [.. Enumerable.Range(0, 200).Select(_ => picker.Pick(subset: subset)!.Id).Distinct().Order()];
    }

    [Fact]
    public void Panic_is_a_subsets_own()
    {
        var picker = new Picker(null, [Picker.Endpoint(0, version: "v1"), Picker.Endpoint(10, version: "v2"), Picker.Endpoint(20, version: "v2"), Picker.Endpoint(30, version: "v2")]);
        picker.Eject(0);
        Assert.Equal(0, picker.Pick(subset: "v1")!.Id);     // 0 of 1 healthy
        Assert.True(picker.Selector.InPanic);
        Assert.DoesNotContain(0, Enumerable.Range(0, 100).Select(_ => picker.Pick()!.Id));     // 3 of 4
    }

    [Fact]
    public void Endpoints_already_tried_are_avoided_while_picks_are_left()
    {
        var picker = new Picker(new PolicyConfig { LoadBalancer = RoundRobin }, "aaa");
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(20, picker.Pick(tried: [0, 10], repicks: 2)!.Id);
        }
    }

    [Fact]
    public void The_last_pick_is_taken_though_it_was_tried()
    {
        var picker = new Picker(null, "a");
        Assert.Equal(0, picker.Pick(tried: [0], repicks: 5)!.Id);
    }

    [Fact]
    public void Random_picks_avoid_the_tried_one_as_often_as_the_picks_allow()
    {
        // Two endpoints, one tried, k picks more: the tried one is taken with probability 2^-(k+1).
        var picker = new Picker(new PolicyConfig { LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.Random } }, "aa");
        int tried = Enumerable.Range(0, 40_000).Count(_ => picker.Pick(tried: [0], repicks: 2)!.Id == 0);
        Fleet.AssertDistribution([0.125, 0.875], [tried, 40_000 - tried]);
    }

    [Fact]
    public void Every_pick_is_a_member_and_healthy_unless_in_panic() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 19].List[0, 20], Gen.Double[0, 1], Gen.Bool).Sample((count, ejected, threshold, failover) =>
        {
            var policy = new PolicyConfig { PanicThreshold = threshold, Locality = failover ? new LocalityConfig { Failover = FailoverTests.To("b") } : null };
            var picker = new Picker(policy, string.Concat(Enumerable.Range(0, count).Select(i => "abc"[i % 3])), Picker.CallerIn("ab"));
            var down = ejected.Select(i => 10 * i).ToHashSet();
            picker.Eject([.. down]);
            for (int i = 0; i < 30; i++)
            {
                var picked = picker.Pick();
                if (picked is null) Assert.All(picker.Model.Endpoints, endpoint => Assert.Contains(endpoint.Id, down));
                else if (!picker.Selector.InPanic) Assert.DoesNotContain(picked.Id, down);
                Assert.True(picked is null || picker.Model.Endpoints.Contains(picked));
            }
            Assert.Equal(100, SumOf(picker));
        });

    private static int SumOf(Picker picker)
    {
        int sum = 0;
        foreach (int load in picker.Selector.Whole.Loads) sum += load;
        return sum;
    }
}
