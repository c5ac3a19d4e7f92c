using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

/// <summary>Endpoints that say they are degraded get what the healthy ones cannot carry (Envoy).</summary>
public class DegradedTests
{
    [Fact]
    public void Degraded_endpoint_gets_nothing_while_the_others_suffice()
    {
        var picker = new Picker(null, "aaaa");
        picker.Degrade(0);      // 140 * 3 / 4 = 105
        Assert.Equal(0, picker.Picks(1000)[0]);
        Assert.False(picker.Selector.InPanic);
    }

    /// <summary>Of four, one is healthy: 35%; three are degraded: 105%, of which 65% are needed.</summary>
    [Fact]
    public void Degraded_endpoints_share_what_the_healthy_one_cannot_carry()
    {
        var picker = new Picker(null, "aaaa");
        picker.Degrade(10, 20, 30);
        Fleet.AssertDistribution([0.35, 0.65 / 3, 0.65 / 3, 0.65 / 3], picker.Picks(20_000));
        Assert.False(picker.Selector.InPanic);      // the degraded count as usable
    }

    [Fact]
    public void When_all_are_degraded_all_are_used()
    {
        var picker = new Picker(null, "aaaa");
        picker.Degrade(0, 10, 20, 30);
        Fleet.AssertUniform(picker.Picks(8000));
    }

    [Fact]
    public void Degraded_and_ejected_is_ejected()
    {
        var picker = new Picker(new PolicyConfig { PanicThreshold = 0 }, "aaaa");
        picker.Degrade(0, 10);
        picker.Eject(0, 20, 30);
        Assert.Equal([0, 500, 0, 0], picker.Picks(500));
    }

    /// <summary>The first priority's healthy, then the second's, then the degraded of both, as Envoy orders them.</summary>
    [Fact]
    public void Next_priority_s_healthy_endpoints_come_before_the_degraded_of_the_first()
    {
        var picker = new Picker(new PolicyConfig { Locality = new LocalityConfig { Priorities = [["a"], ["b"]] } }, "aaaabb");
        picker.Degrade(0, 10, 20);      // a: 35 healthy, 105 degraded; b: 140 healthy
        picker.Pick();
        Assert.Equal([35, 65], picker.Selector.Whole.Loads.ToArray());
        Assert.Equal([0, 0], picker.Selector.Whole.DegradedLoads.ToArray());
        picker.Eject(40, 50);           // nothing in b
        picker.Pick();
        Assert.Equal([35, 0], picker.Selector.Whole.Loads.ToArray());
        Assert.Equal([65, 0], picker.Selector.Whole.DegradedLoads.ToArray());
    }

    [Fact]
    public void In_panic_degraded_endpoints_are_like_the_others()
    {
        var picker = new Picker(null, "aaaaaaaaaa");
        picker.Degrade(0);
        picker.Eject(10, 20, 30, 40, 50, 60, 70, 80);      // 2 of 10 are left
        Fleet.AssertUniform(picker.Picks(10_000));
        Assert.True(picker.Selector.InPanic);
    }
}
