using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class FailoverTests
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> To(params string[] zones) =>
        new Dictionary<string, IReadOnlyList<string>> { [LocalityConfig.AnyZone] = zones };

    [Fact]
    public void All_requests_stay_in_the_callers_zone_while_it_is_healthy()
    {
        var picker = In("a", To("b", "c"));
        Assert.Equal([3000, 0, 0], picker.PicksByZone(3000));
    }

    [Fact]
    public void Own_zone_keeps_what_its_healthy_share_times_the_factor_allows()
    {
        // Half of a's 4: 70%; the rest goes to c, which is named first.
        var picker = In("a", To("c", "b"));
        picker.Eject(0, 10);
        Assert.Equal([70, 30, 0], Loads(picker));
        Fleet.AssertDistribution([0.7, 0, 0.3], picker.PicksByZone(20_000));
    }

    [Fact]
    public void One_of_four_less_is_within_the_factor()
    {
        var picker = In("a", To("b", "c"));
        picker.Eject(0);      // 140 * 3 / 4 = 105
        Assert.Equal([100, 0, 0], Loads(picker));
    }

    [Fact]
    public void Zones_not_named_come_last_together()
    {
        var picker = In("b", To());
        picker.Eject(40, 50, 60, 70);      // the whole of b
        Assert.Equal([0, 100], Loads(picker));
        int[] picks = picker.PicksByZone(10_000);
        Assert.Equal(0, picks[1]);
        Assert.InRange(picks[0], 1, 9999);
    }

    [Fact]
    public void Callers_zone_with_an_order_of_its_own_takes_it()
    {
        var failover = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["c"], ["b"] = ["a"] };
        foreach (var (caller, next) in new[] { ("a", 2), ("b", 0) })
        {
            var picker = In(caller, failover);
            picker.Eject(caller == "a" ? [0, 10, 20, 30] : [40, 50, 60, 70]);
            Assert.Equal(1000, picker.PicksByZone(1000)[next]);
        }
    }

    [Fact]
    public void Priorities_are_the_same_for_every_caller()
    {
        var policy = new PolicyConfig { Locality = new LocalityConfig { Priorities = [["b", "c"], ["a"]] } };
        var picker = new Picker(policy, "aaaabbbbcccc", Picker.CallerIn("ab"));
        int[] picks = picker.PicksByZone(1000);
        Assert.Equal(0, picks[0]);
        Assert.InRange(picks[1], 300, 700);
    }

    [Fact]
    public void A_priority_does_not_panic_while_the_others_can_carry_its_load()
    {
        var picker = In("a", To("b", "c"));
        picker.Eject(0, 10, 20);      // a: 35, b: 100
        Assert.Equal([35, 65, 0], Loads(picker));
        picker.Picks(100);
        Assert.False(picker.Selector.InPanic);
    }

    [Fact]
    public void When_every_priority_panics_load_goes_by_numbers()
    {
        var policy = new PolicyConfig { Locality = new LocalityConfig { Failover = To("b") } };
        var picker = new Picker(policy, "aaaabb", Picker.CallerIn("ab"));
        picker.Eject(0, 10, 20, 30, 40, 50);
        Assert.Equal([67, 33], Loads(picker));      // 4 and 2 of 6; the rest of the rounding to the first
        Assert.True(picker.Selector.InPanic);
    }

    [Fact]
    public void One_priority_panics_alone_when_all_together_do_not_suffice()
    {
        var policy = new PolicyConfig { Locality = new LocalityConfig { Failover = To("b") }, PanicThreshold = 0.3 };
        var picker = new Picker(policy, "aaaabbbbbb", Picker.CallerIn("ab"));
        picker.Eject(0, 10, 20, 40, 50, 60, 70);      // a 1/4: 35, panics below 30%; b 2/6: 46, 33% does not
        Assert.Equal([43 + 1, 56], Loads(picker));    // 35/81, 46/81, the rest to the first
        int[] picks = picker.Picks(10_000);
        Assert.DoesNotContain(0, picks[..4]);
        Assert.Equal([0, 0, 0, 0], picks[4..8]);
        Assert.True(picker.Selector.InPanic);
    }

    [Fact]
    public void The_next_priority_moves_up_when_a_zone_has_no_endpoint_left()
    {
        var picker = In("a", To("b"));
        picker.Apply(1, [.. picker.Model.Endpoints.Where(endpoint => endpoint.Zone != "a")]);
        Assert.Equal([0, 1000, 0], (int[])[0, .. picker.PicksByZone(1000)]);
    }

    private static Picker In(string caller, IReadOnlyDictionary<string, IReadOnlyList<string>> failover) =>
        new(new PolicyConfig { Locality = new LocalityConfig { Failover = failover } }, "aaaabbbbcccc", Picker.CallerIn(caller + "c"));

    private static int[] Loads(Picker picker)
    {
        picker.Pick();
        return picker.Selector.Whole.Loads.ToArray();
    }
}
