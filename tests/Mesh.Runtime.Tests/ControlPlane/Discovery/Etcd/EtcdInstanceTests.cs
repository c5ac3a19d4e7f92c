using System.Text;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;
using Mvccpb;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

public class EtcdInstanceTests
{
    [Theory]
    [InlineData("""{"address": "10.0.0.7:8080"}""", "")]
    [InlineData("""{"address": "[2001:db8::7]:8080", "weight": 128, "readiness": "draining", "labels": {"a": "b"}, "later": {"version": 2}}""", "")]
    [InlineData("garbage", "the value is not JSON.")]
    [InlineData("[1]", """the value has no address; it is an object such as {"address": "10.0.0.7:8080"}.""")]
    [InlineData("""{"address": 7}""", """the value has no address; it is an object such as {"address": "10.0.0.7:8080"}.""")]
    [InlineData("""{"address": "10.0.0.7:0"}""", "'10.0.0.7:0' is not an address; an address is host:port, such as 10.0.0.7:8080 or [2001:db8::7]:8080.")]
    [InlineData("""{"address": "10.0.0.7:80", "weight": 0}""", "weight: '0' is not a weight; a weight is a whole number from 1 to 128.")]
    [InlineData("""{"address": "10.0.0.7:80", "readiness": "up"}""", "readiness: 'up' is not a readiness. Allowed: ready, draining, notReady.")]
    [InlineData("""{"address": "10.0.0.7:80", "identity": "cart"}""", "identity: 'cart' is not an identity; an identity is spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.")]
    public void A_value_is_read_or_what_is_wrong_is_said(string value, string expected)
    {
        var read = EtcdInstance.Read("one", Encoding.UTF8.GetBytes(value), out string problem);
        Assert.Equal(expected.Length == 0, read is not null);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("/meshlab/services/cart/one", "cart one")]
    [InlineData("/meshlab/services/cart", null)]
    [InlineData("/meshlab/services/cart/", null)]
    [InlineData("/meshlab/services/cart/one/two", null)]
    [InlineData("/meshlab/servicesX/cart/one", null)]
    [InlineData("/other", null)]
    public void A_key_names_a_service_and_an_instance(string key, string? expected)
    {
        var parsed = EtcdInstance.Parse(EtcdInstance.Root("/meshlab/"), key);
        Assert.Equal(expected, parsed is var (service, instance) ? $"{service} {instance}" : null);
    }

    [Fact]
    public void Changes_lead_to_the_same_catalog_as_a_list()
    {
        var catalog = new EtcdCatalog("/meshlab");
        Assert.Equal(["cart", "pay"], catalog.Replace([Entry("cart/one", "10.0.0.1:80"), Entry("cart/two", "10.0.0.2:80"), Entry("pay/one", "10.0.1.1:80")]));
        Assert.Equal(["cart", "stock"], catalog.Apply([Change("cart/one", null), Change("stock/one", "10.0.2.1:80"), Change("cart/three", "10.0.0.3:80")]));
        Assert.Equal("10.0.0.2:80 10.0.0.3:80", Addresses(catalog, "cart"));
        Assert.Equal(["cart", "pay", "stock"], catalog.Replace([Entry("cart/one", "10.0.0.9:80")]));   // those that have none any more, too
        Assert.Equal(("10.0.0.9:80", "", ""), (Addresses(catalog, "cart"), Addresses(catalog, "pay"), Addresses(catalog, "stock")));
    }

    [Fact]
    public void No_more_instances_are_kept_than_allowed()
    {
        var catalog = new EtcdCatalog("/meshlab", most: 2);
        catalog.Replace([Entry("cart/one", "10.0.0.1:80"), Entry("cart/two", "10.0.0.2:80"), Entry("cart/three", "10.0.0.3:80")]);
        Assert.Equal("10.0.0.1:80 10.0.0.2:80", Addresses(catalog, "cart"));
        catalog.Apply([Change("cart/one", null), Change("cart/four", "10.0.0.4:80")]);
        Assert.Equal("10.0.0.2:80 10.0.0.4:80", Addresses(catalog, "cart"));
    }

    private static string Addresses(EtcdCatalog catalog, string service) => string.Join(' ', catalog.Find(service).Endpoints.Select(endpoint => endpoint.Address.ToString()).Order(StringComparer.Ordinal));

    private static KeyValue Entry(string key, string address) => new() { Key = ByteString.CopyFromUtf8($"/meshlab/services/{key}"), Value = ByteString.CopyFromUtf8($$"""{"address": "{{address}}"}""") };

    private static Event Change(string key, string? address) => new() { Type = address is null ? Event.Types.EventType.Delete : Event.Types.EventType.Put, Kv = Entry(key, address ?? "") };
}
