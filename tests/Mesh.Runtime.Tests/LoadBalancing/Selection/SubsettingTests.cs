using CsCheck;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class SubsettingTests
{
    private static readonly KeyedRandom Random = new(11);

    [Fact]
    public void A_round_of_proxies_uses_every_endpoint_once()
    {
        // 12 endpoints in pieces of 3: a round is 4 proxies.
        for (int round = 0; round < 3; round++)
        {
            var used = Enumerable.Range(4 * round, 4).SelectMany(proxy => Deal(12, 3, proxy, 12).Members);
            Assert.Equal(Enumerable.Range(0, 12), used.Select(endpoint => endpoint.Id).Order());
        }
    }

    [Fact]
    public void Rounds_are_shuffled_differently()
    {
        var pieces = Enumerable.Range(0, 12).Select(proxy => string.Join(',', Deal(12, 3, proxy, 12).Members.Select(endpoint => endpoint.Id)));
        Assert.True(pieces.Distinct().Count() > 8);
    }

    [Theory]
    [InlineData(SubsettingAlgorithm.Shuffle)]
    [InlineData(SubsettingAlgorithm.Ring)]
    public void With_no_more_endpoints_than_the_size_all_are_used(SubsettingAlgorithm algorithm)
    {
        var dealt = Deal(3, 5, 1, 4, algorithm);
        Assert.Equal(3, dealt.Members.Length);
        Assert.Null(dealt.Shares);
    }

    [Fact]
    public void Ring_loads_every_endpoint_alike_and_covers_at_least_the_size() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40]).Sample((endpoints, proxies, size) =>
        {
            double[] load = new double[endpoints];
            for (int proxy = 0; proxy < proxies; proxy++)
            {
                var dealt = Deal(endpoints, size, proxy, proxies, SubsettingAlgorithm.Ring);
                double[] shares = [.. dealt.Members.Select(endpoint => dealt.Shares?.GetValueOrDefault(endpoint.Id, 1) ?? 1)];
                Assert.True(shares.Sum() > Math.Min(size, endpoints) - 1e-9);
                for (int i = 0; i < shares.Length; i++) load[dealt.Members[i].Id] += shares[i] / shares.Sum();
            }
            foreach (double one in load) Assert.Equal((double)proxies / endpoints, one, 9);
        });

    [Fact]
    public void Members_are_in_order_and_no_more_than_the_size() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[0, 100]).Sample((endpoints, size, proxy) =>
        {
            int[] ids = [.. Deal(endpoints, size, proxy, 101).Members.Select(endpoint => endpoint.Id)];
            return ids.Length == Math.Min(size, endpoints) && ids.SequenceEqual(ids.Distinct().Order());
        });

    [Fact]
    public void Picks_stay_in_the_proxys_part()
    {
        var picker = new Picker(new PolicyConfig { Subsetting = new SubsettingConfig { Size = 2 } }, "aaaaaaaa");
        Assert.Equal(2, picker.Picks(200).Count(picks => picks > 0));
    }

    private static SubsettingResult Deal(int endpoints, int size, int proxy, int proxies, SubsettingAlgorithm algorithm = SubsettingAlgorithm.Shuffle)
    {
        Endpoint[] peers = [.. Enumerable.Range(0, proxies).Select(i => Picker.Endpoint(i))];
        var local = LocalCluster.Of(Picker.Service(new(), peers), "", $"s-{proxy}");
        return Subsetting.Deal([.. Enumerable.Range(0, endpoints).Select(i => Picker.Endpoint(i))], new SubsettingConfig { Size = size, Algorithm = algorithm }, local, Random, 0);
    }
}
