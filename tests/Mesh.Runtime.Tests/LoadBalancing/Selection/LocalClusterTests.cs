using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.LoadBalancing.Selection;

public class LocalClusterTests
{
    private static readonly ServiceModel Own = Picker.Service(new(), [Picker.Endpoint(3, "a"), Picker.Endpoint(7, "b"), Picker.Endpoint(9, "a")]);

    [Theory]
    [InlineData(3, 0)]
    [InlineData(7, 1)]
    [InlineData(9, 2)]
    public void Place_among_the_proxies(int endpoint, int index) => Assert.Equal(index, LocalCluster.Of(Own, "a", $"s-{endpoint}").Index);

    [Fact]
    public void A_proxy_whose_endpoint_has_left_keeps_its_place()
    {
        var before = LocalCluster.Of(Own, "b", "s-7");
        var left = Picker.Service(new(), [Own.Endpoints[0], Own.Endpoints[2]]);
        Assert.Equal(1, LocalCluster.Of(left, "b", "s-7", before).Index);
        Assert.Equal(0, LocalCluster.Of(left, "b", "s-7").Index);
    }

    [Fact]
    public void Zones_are_counted()
    {
        var local = LocalCluster.Of(Own, "a", "s-3");
        Assert.Equal((2, 1, 0, 2, 3), (local.CountIn("a"), local.CountIn("b"), local.CountIn("c"), local.Zones, local.Size));
    }

    [Fact]
    public void An_ingress_is_a_cluster_of_one()
    {
        var local = LocalCluster.Of(null, "a", "ingress");
        Assert.Equal((0, 1, 0), (local.Index, local.Size, local.Zones));
    }
}
