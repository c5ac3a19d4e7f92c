using CsCheck;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class ZoneRoutingTests
{
    [Fact]
    public void Envoys_example_keeps_62_5_percent_and_sends_the_rest_where_there_is_room()
    {
        // Envoy: local 4000 4000 2000, upstream 2500 5000 2500.
        var routing = ZoneRouting.Between([4, 4, 2], 10, [1, 2, 1], hasLocal: true);
        Assert.Equal(6250, routing.LocalShare);
        Assert.Equal([0, 1000, 1500], routing.Residual.ToArray());
    }

    [Theory]
    [InlineData(new[] { 1, 1 }, 2, new[] { 3, 3 }, true, 10_000)]      // as many here as callers
    [InlineData(new[] { 1, 3 }, 4, new[] { 3, 3 }, true, 10_000)]      // more here than callers
    [InlineData(new[] { 2, 1 }, 3, new[] { 3, 3 }, true, 7500)]        // 5000 * 10000 / 6666, rounded down
    [InlineData(new[] { 1, 1 }, 2, new[] { 0, 3 }, true, 0)]           // nobody healthy here
    [InlineData(new[] { 1, 1 }, 3, new[] { 3, 3 }, false, 0)]          // no endpoint in the caller's zone
    public void Share_that_stays(int[] callers, int allCallers, int[] healthy, bool hasLocal, int local) =>
        Assert.Equal(local, ZoneRouting.Between(callers, allCallers, healthy, hasLocal).LocalShare);

    [Fact]
    public void Choices_meet_the_shares()
    {
        var routing = ZoneRouting.Between([4, 4, 2], 10, [1, 2, 1], hasLocal: true);
        int[] counts = new int[3];
        for (ulong key = 0; key < 100_000; key++) counts[Choose(routing, key)]++;
        Fleet.AssertDistribution([0.625, 0.375 * 1000 / 1500, 0.375 * 500 / 1500], counts);
    }

    /// <summary>Callers spread as the counts say send every zone as much as it has endpoints, to the rounding of 1/10000.</summary>
    [Fact]
    public void All_callers_together_load_every_endpoint_alike() =>
        Gen.Int[1, 50].Array[2, 5].SelectMany(callers => Gen.Int[1, 50].Array[callers.Length].Select(healthy => (callers, healthy))).Sample((callers, healthy) =>
        {
            int zones = callers.Length;
            double[] load = new double[zones];
            for (int own = 0; own < zones; own++)
            {
                int[] order = [own, .. Enumerable.Range(0, zones).Where(zone => zone != own)];
                var routing = ZoneRouting.Between([.. order.Select(zone => callers[zone])], callers.Sum(), [.. order.Select(zone => healthy[zone])], hasLocal: true);
                double weight = (double)callers[own] / callers.Sum(), stays = routing.LocalShare / 10_000.0;
                load[own] += weight * stays;
                long before = 0, room = routing.Residual[^1];
                for (int i = 0; i < zones && room > 0; i++)
                {
                    load[order[i]] += weight * (1 - stays) * (routing.Residual[i] - before) / room;
                    before = routing.Residual[i];
                }
            }
            for (int zone = 0; zone < zones; zone++) Assert.Equal((double)healthy[zone] / healthy.Sum(), load[zone], 0.005);
        });

    private static int Choose(ZoneRouting routing, ulong key)
    {
        var draws = new DrawSequence(new KeyedRandom(3), Concern.Locality, key, 0);
        return routing.Choose(ref draws);
    }
}
