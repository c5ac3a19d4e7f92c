using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Injection;

public class BlastRadiusTests
{
    private static readonly Endpoint[] Cart =
    [
        .. Enumerable.Range(0, 6).Select(i => new Endpoint { Id = i, Name = $"cart-{i}", Service = "cart", Version = i < 4 ? "v1" : "v2", Zone = i % 2 == 0 ? "a" : "b" }),
        new Endpoint { Id = 6, Name = "cart-6", Service = "cart", Version = "v3", Zone = "a", Weight = 4 },
    ];

    private static FaultOrder Order(double percent, string? version = null, string? zone = null, double? abort = null) =>
        new("f", new FaultConfig { Name = "f", Percent = percent, Abort = new FaultAbort(), AbortPercent = abort }, "cart", version, zone, "ann");

    private static BlastRadius Radius(double percent, string? version = null, string? zone = null) => BlastRadius.Of(Order(percent, version, zone), Cart);

    [Theory]
    [InlineData(1.0, null, null, 7, 1.0)]
    [InlineData(0.1, null, null, 7, 0.1)]
    [InlineData(1.0, "v1", null, 4, 0.4)]
    [InlineData(1.0, "v1", "a", 2, 0.2)]
    [InlineData(0.5, "v3", null, 1, 0.2)]   // weight 4 of 10
    [InlineData(1.0, "v9", null, 0, 0.0)]
    public void Radius_is_the_percentage_of_the_endpoints_by_their_weights(double percent, string? version, string? zone, int endpoints, double share)
    {
        var radius = Radius(percent, version, zone);
        Assert.Equal((endpoints, 7), (radius.Endpoints, radius.AllEndpoints));
        Assert.Equal(share, radius.Share, 9);
    }

    [Fact]
    public void The_larger_percentage_of_a_fault_with_two_effects_counts() =>
        Assert.Equal(0.8, BlastRadius.Of(Order(0.1, abort: 0.8), Cart).Share, 9);

    [Theory]
    [InlineData(0.5, null, true)]
    [InlineData(0.51, null, false)]
    [InlineData(1.0, "v1", true)]
    public void More_than_half_of_the_requests_is_refused(double percent, string? version, bool allowed) =>
        Assert.Equal(allowed, !Radius(percent, version).Problems(new FaultLimits(), []).Any());

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(0.9, false)]
    public void A_service_without_endpoints_is_taken_for_one_whose_endpoints_will_all_be_hit(double percent, bool allowed) =>
        Assert.Equal(allowed, !BlastRadius.Of(Order(percent), []).Problems(new FaultLimits(), []).Any());

    [Fact]
    public void What_other_faults_hit_counts_with_it()
    {
        var limits = new FaultLimits();
        Assert.Empty(Radius(0.3).Problems(limits, [Radius(0.2)]));
        string problem = Assert.Single(Radius(0.3).Problems(limits, [Radius(0.2), Radius(0.1)]));
        Assert.Contains("30% of the requests to 'cart', beside the 30% that other faults hit; the limit is 50%", problem, StringComparison.Ordinal);
        Assert.Empty(Radius(0.5).Problems(limits, [Radius(0.5) with { Service = "pay" }]));
    }

    [Fact]
    public void A_fourth_fault_at_once_is_refused()
    {
        var other = Radius(0.01) with { Service = "pay" };
        Assert.Empty(Radius(0.01).Problems(new FaultLimits(), [other, other]));
        Assert.Contains("3 faults are in force, and the limit is 3", Assert.Single(Radius(0.01).Problems(new FaultLimits(), [other, other, other])), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_said_in_words()
    {
        Assert.Equal("hits 10% of the requests to all 7 endpoints of 'cart': 10% of its requests", Radius(0.1).ToString());
        Assert.Equal("hits 100% of the requests to 4 of 7 endpoints of 'cart': 40% of its requests", Radius(1, "v1").ToString());
        Assert.Contains("nothing is hit", BlastRadius.Of(Order(1), []).ToString(), StringComparison.Ordinal);
    }
}
