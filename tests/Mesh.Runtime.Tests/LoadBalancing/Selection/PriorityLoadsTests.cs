using CsCheck;
using Mesh.Runtime.LoadBalancing.Selection;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class PriorityLoadsTests
{
    /// <summary>Envoy's own example, in a comment of <c>recalculatePerPriorityState</c>; the rest follows from the same code by hand.</summary>
    public static TheoryData<int[], int[], int[], int[]> Envoy => new()
    {
        { [10, 20, 10], [20, 10, 0], [16, 28, 14], [28, 14, 0] },
        { [14, 28, 14], [28, 14, 0], [16, 28, 14], [28, 14, 0] },
        { [100], [0], [100], [0] },
        { [100, 100], [0, 0], [100, 0], [0, 0] },
        { [70, 100], [0, 0], [70, 30], [0, 0] },
        { [0, 35, 35], [0, 0, 0], [0, 50, 50], [0, 0, 0] },
        { [0, 0], [50, 25], [0, 0], [67, 33] },
        { [33, 33, 33], [0, 0, 0], [34, 33, 33], [0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Envoy))]
    public void Load_goes_to_the_first_priorities_as_far_as_they_are_available(int[] healthy, int[] degraded, int[] healthyLoad, int[] degradedLoad)
    {
        int[] toHealthy = new int[healthy.Length], toDegraded = new int[healthy.Length];
        Assert.True(PriorityLoads.TryShare(healthy, degraded, toHealthy, toDegraded));
        Assert.Equal(healthyLoad, toHealthy);
        Assert.Equal(degradedLoad, toDegraded);
    }

    [Theory]
    [InlineData(10, 10, 100)]
    [InlineData(8, 10, 100)]
    [InlineData(7, 10, 98)]
    [InlineData(5, 10, 70)]
    [InlineData(1, 3, 46)]
    [InlineData(0, 3, 0)]
    [InlineData(0, 0, 0)]
    public void Availability_is_the_healthy_share_times_the_factor(int healthy, int total, int percent) =>
        Assert.Equal(percent, PriorityLoads.Availability(healthy, total, 140));

    [Theory]
    [InlineData(2, 6, 50, true)]
    [InlineData(3, 6, 50, false)]
    [InlineData(4, 6, 50, false)]
    [InlineData(0, 6, 50, true)]
    [InlineData(0, 6, 0, false)]
    [InlineData(0, 0, 50, true)]
    [InlineData(99, 100, 100, true)]
    public void Panic_begins_strictly_below_the_threshold(int healthy, int total, int threshold, bool panics) =>
        Assert.Equal(panics, PriorityLoads.Panics(healthy, total, threshold));

    [Theory]
    [InlineData(new[] { 6, 3 }, new[] { 67, 33 })]
    [InlineData(new[] { 1, 1, 1 }, new[] { 34, 33, 33 })]
    [InlineData(new[] { 0, 3, 3 }, new[] { 0, 50, 50 })]
    [InlineData(new[] { 0, 0 }, new[] { 100, 0 })]
    public void In_total_panic_load_goes_by_the_number_of_endpoints(int[] endpoints, int[] expected)
    {
        int[] load = new int[endpoints.Length];
        PriorityLoads.ShareByCount(endpoints, load);
        Assert.Equal(expected, load);
    }

    [Fact]
    public void Loads_add_up_to_100_and_only_what_is_available_gets_any() =>
        Gen.Select(Gen.Int[0, 100].Array[1, 6], Gen.Int[0, 100].Array[6]).Sample((healthy, more) =>
        {
            int[] degraded = more[..healthy.Length], toHealthy = new int[healthy.Length], toDegraded = new int[healthy.Length];
            if (!PriorityLoads.TryShare(healthy, degraded, toHealthy, toDegraded)) return healthy.Concat(degraded).All(one => one == 0);
            return toHealthy.Sum() + toDegraded.Sum() == 100
                && healthy.Zip(toHealthy).Concat(degraded.Zip(toDegraded)).All(one => one.Second >= 0 && (one.First > 0 || one.Second == 0));
        });

    [Fact]
    public void Each_percent_leads_to_its_priority()
    {
        var counts = new Dictionary<(int, bool), int>();
        for (ulong bits = 0; bits < 100; bits++)
        {
            var chosen = PriorityLoads.Choose(bits, [16, 30, 14], [5, 35, 0]);
            counts[chosen] = counts.GetValueOrDefault(chosen) + 1;
        }
        Assert.Equal([((0, false), 16), ((1, false), 30), ((2, false), 14), ((0, true), 5), ((1, true), 35)], counts.Select(one => (one.Key, one.Value)));
    }

    /// <summary>Envoy's table of one priority: healthy and degraded in percent, and the load of each.</summary>
    [Theory]
    [InlineData(100, 0, 100, 0)]
    [InlineData(71, 0, 100, 0)]
    [InlineData(71, 29, 99, 1)]
    [InlineData(25, 65, 35, 65)]
    [InlineData(5, 0, 100, 0)]
    public void Degraded_endpoints_get_what_the_healthy_cannot_carry(int healthy, int degraded, int healthyLoad, int degradedLoad)
    {
        int[] load = new int[1], less = new int[1];
        Assert.True(PriorityLoads.TryShare([PriorityLoads.Availability(healthy, 100, 140)], [PriorityLoads.Availability(degraded, 100, 140)], load, less));
        Assert.Equal((healthyLoad, degradedLoad), (load[0], less[0]));
    }
}
