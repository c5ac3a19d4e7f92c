using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Runtime.ControlPlane.Discovery.Kubernetes;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Kubernetes;

public class EndpointSliceCatalogTests
{
    [Theory]
    [InlineData("10.0.0.1 10.0.0.2", "", "10.0.0.1=Ready 10.0.0.2=Ready")]
    [InlineData("10.0.0.1- 10.0.0.2~ 10.0.0.3?", "", "10.0.0.1=NotReady 10.0.0.2=Draining 10.0.0.3=Ready")]   // unknown counts as ready
    [InlineData("10.0.0.1- 10.0.0.2", "10.0.0.1 10.0.0.2~", "10.0.0.1=Ready 10.0.0.2=Ready")]                  // in two slices at once: the better one
    public void Conditions_become_readiness(string first, string second, string expected)
    {
        var catalog = new EndpointSliceCatalog(new KubernetesOptions { Namespace = "shop" });
        catalog.Replace([Model(Slices.Slice("cart", "a", 1, first)), Model(Slices.Slice("cart", "b", 2, second))]);
        Assert.Equal(expected, string.Join(' ', catalog.Find("cart").Select(endpoint => $"{endpoint.Address.Host}={endpoint.Readiness}")));
    }

    [Theory]
    [InlineData(null, 9090)]        // the first
    [InlineData("http", 8080)]
    [InlineData("grpc", null)]
    public void A_port_is_taken_by_its_name(string? name, int? expected)
    {
        var catalog = new EndpointSliceCatalog(new KubernetesOptions { Namespace = "shop", PortName = name });
        catalog.Replace([Model(Slices.Slice("cart", "a", 1, "10.0.0.1", "metrics:9090 http:8080"))]);
        Assert.Equal(expected, catalog.Find("cart").SingleOrDefault()?.Address.Port);
    }

    [Fact]
    public void A_dual_stack_service_is_taken_in_one_family()
    {
        var catalog = new EndpointSliceCatalog(new KubernetesOptions { Namespace = "shop" });
        catalog.Replace([Model(Slices.Slice("cart", "six", 1, "2001:db8::1", family: "IPv6")), Model(Slices.Slice("cart", "four", 2, "10.0.0.1"))]);
        Assert.Equal("10.0.0.1", Assert.Single(catalog.Find("cart")).Address.Host);
        catalog.Remove(Model(Slices.Slice("cart", "four", 3, "")));
        Assert.Equal("2001:db8::1", Assert.Single(catalog.Find("cart")).Address.Host);
    }

    [Fact]
    public void Zone_hints_and_the_node_are_labels()
    {
        var slice = Slices.Slice("cart", "a", 1, "10.0.0.1");
        slice["endpoints"]![0]!["hints"] = new JsonObject { ["forZones"] = new JsonArray(new JsonObject { ["name"] = "zone-a" }, new JsonObject { ["name"] = "zone-b" }) };
        var catalog = new EndpointSliceCatalog(new KubernetesOptions { Namespace = "shop" });
        catalog.Put(Model(slice));
        Assert.Equal(["node=node-1", "zoneHints=zone-a,zone-b"], Assert.Single(catalog.Find("cart")).Labels.Select(label => $"{label.Key}={label.Value}"));
    }

    [Fact]
    public void Without_a_namespace_services_bear_theirs()
    {
        var catalog = new EndpointSliceCatalog(new KubernetesOptions());
        Assert.Equal(["cart.shop"], catalog.Put(Model(Slices.Slice("cart", "a", 1, "10.0.0.1"))));
    }

    [Fact]
    public void A_slice_that_moves_to_another_service_or_loses_its_label_touches_both()
    {
        var catalog = new EndpointSliceCatalog(new KubernetesOptions { Namespace = "shop" });
        var slice = Model(Slices.Slice("cart", "a", 1, "10.0.0.1"));
        catalog.Put(slice);
        var moved = Model(Slices.Slice("cart", "a", 2, "10.0.0.1"));
        moved.Metadata.Labels["kubernetes.io/service-name"] = "pay";
        Assert.Equal(["cart", "pay"], catalog.Put(moved));
        Assert.Empty(catalog.Find("cart"));
        moved.Metadata.Labels.Remove("kubernetes.io/service-name");
        Assert.Equal(["pay"], catalog.Put(moved));
        Assert.Empty(catalog.Find("pay"));
    }

    private static V1EndpointSlice Model(JsonObject slice) => KubernetesJson.Deserialize<V1EndpointSlice>(slice.ToJsonString());
}
