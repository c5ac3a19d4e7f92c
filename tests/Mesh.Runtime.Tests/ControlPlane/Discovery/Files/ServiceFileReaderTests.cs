using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Files;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Files;

public class ServiceFileReaderTests
{
    [Fact]
    public void A_file_names_services_and_their_endpoints()
    {
        const string Text = """
            version: 1
            services:
              cart:
                - 10.0.0.7:8080
                - address: "[2001:db8::7]:8080"
                  name: cart-2
                  weight: 3
                  zone: b
                  version: v2
                  identity: spiffe://mesh/ns/shop/sa/cart
                  readiness: draining
                  labels: {tier: gold, disk: ssd}
              stock: [stock.internal:80]
              idle: []
            """;
        var (services, problems) = ServiceFileReader.Read(Text, "f");
        Assert.Empty(problems);
        Assert.Equal(["cart", "idle", "stock"], services.Keys);
        Assert.Equal(["10.0.0.7:8080", "[2001:db8::7]:8080"], services["cart"].Select(endpoint => endpoint.Address.ToString()));
        var second = services["cart"][1];
        Assert.Equal(("cart-2", 3, "b", "v2", "spiffe://mesh/ns/shop/sa/cart", EndpointReadiness.Draining), (second.Name, second.Weight, second.Zone, second.Version, second.Identity, second.Readiness));
        Assert.Equal(["disk=ssd", "tier=gold"], second.Labels.Select(label => $"{label.Key}={label.Value}"));
        Assert.Equal("stock.internal:80", services["stock"][0].Address.ToString());
        Assert.Empty(services["idle"]);
    }

    [Theory]
    [InlineData("services:")]
    [InlineData("services: {}")]
    public void No_service_at_all_is_allowed(string text) => Assert.Equal((0, 0), (ServiceFileReader.Read(text, "f").Services.Count, ServiceFileReader.Read(text, "f").Problems.Count));

    [Fact]
    public void All_problems_are_named_with_their_places()
    {
        const string Text = """
            version: 2
            servces: {}
            services:
              -cart: [10.0.0.7:8080]
              cart:
                - 10.0.0.7
                - {address: 10.0.0.8:99999, weight: 0}
                - {weight: 3, colour: red}
                - {address: 10.0.0.9:80, zone: [a, b], readiness: up, identity: me, labels: [x]}
                - 10.0.0.9:80
                - [10.0.0.1:80]
              cart: []
              pay: 10.0.0.1:80
            """;
        Assert.Equal(
            [
                "f:1:10: version: '2' is not a known version; the version is 1.",
                "f:2:1: servces: unknown key 'servces'. Allowed: services, version.",
                "f:4:3: services: '-cart' is not a name; a name has letters, digits, '-', '_' and '.', and begins with a letter or digit.",
                "f:6:7: services.cart[0]: '10.0.0.7' is not an address; an address is host:port, such as 10.0.0.7:8080 or [2001:db8::7]:8080.",
                "f:7:17: services.cart[1].address: '10.0.0.8:99999' is not an address; an address is host:port, such as 10.0.0.7:8080 or [2001:db8::7]:8080.",
                "f:7:41: services.cart[1].weight: '0' is not a weight; a weight is a whole number from 1 to 128.",
                "f:8:19: services.cart[2].colour: unknown key 'colour'. Allowed: address, labels, name, weight, zone, version, identity, readiness.",
                "f:8:7: services.cart[2]: the key 'address' is missing: where the endpoint listens, such as 10.0.0.7:8080.",
                "f:9:36: services.cart[3].zone: needs a single value, but there is a list.",
                "f:9:55: services.cart[3].readiness: 'up' is not a readiness. Allowed: ready, draining, notReady.",
                "f:9:69: services.cart[3].identity: 'me' is not an identity; an identity is spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.",
                "f:9:81: services.cart[3].labels: needs a mapping of names to texts, but there is a list.",
                "f:10:7: services.cart[4]: the address 10.0.0.9:80 is given twice; the first is in line 9. Keep one.",
                "f:11:7: services.cart[5]: needs an address, or a mapping with the key 'address', but there is a list.",
                "f:12:3: services: the key 'cart' is given twice; the first is in line 5. Keep one.",
                "f:13:8: services.pay: needs a list of endpoints, such as [10.0.0.7:8080], but there is '10.0.0.1:80'.",
            ],
            ServiceFileReader.Read(Text, "f").Problems);
    }

    [Theory]
    [InlineData("", "f:1:1: the file needs the key 'services', such as services: {cart: [10.0.0.7:8080]}.")]
    [InlineData("# nothing\n", "f:2:1: the file needs the key 'services', such as services: {cart: [10.0.0.7:8080]}.")]
    [InlineData("- a", "f:1:1: the file needs the key 'services', such as services: {cart: [10.0.0.7:8080]}.")]
    [InlineData("version: 1", "f:1:1: the key 'services' is missing, such as services: {cart: [10.0.0.7:8080]}.")]
    [InlineData("services: {}\n---\nservices: {}", "f:2:1: a second document begins here; write one.")]
    [InlineData("services: {cart: *x}", "f:1:18: services.cart: needs a list of endpoints, such as [10.0.0.7:8080], but there is an alias, which is not read here.")]
    public void A_file_of_another_shape_is_told_so(string text, string expected) => Assert.Equal([expected], ServiceFileReader.Read(text, "f").Problems);

    [Theory]
    [InlineData("services: {cart: [10.0.0.7:8080")]
    [InlineData("services: {cart: [\"10.0.0.7:8080]}")]
    [InlineData("services:\n\tcart: []")]
    [InlineData("services: @x")]
    [InlineData("services: {? {a: b} : c}: d")]
    public void Damaged_YAML_is_a_problem_with_a_place_and_no_exception(string text) => Assert.Matches(@"^f:\d+:\d+: this is not YAML", ServiceFileReader.Read(text, "f").Problems[^1]);

    [Theory]
    [InlineData(64, "f:1:19: services.cart[0]: needs ")]
    [InlineData(65, "f:1:83: nested deeper than 64 levels.")]
    [InlineData(1_000_000, "f:1:83: nested deeper than 64 levels.")]
    public void Nesting_is_passed_over_down_to_a_bound(int depth, string expected)
    {
        var (_, problems) = ServiceFileReader.Read($"services: {{cart: [{new string('[', depth)}{new string(']', depth)}]}}", "f");
        Assert.StartsWith(expected, problems[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.7:8080", "10.0.0.7:8080")]
    [InlineData("cart.shop.svc.cluster.local:80", "cart.shop.svc.cluster.local:80")]
    [InlineData("[::1]:80", "[::1]:80")]
    [InlineData("[2001:DB8:0::7]:80", "[2001:db8::7]:80")]
    [InlineData("::1:80", null)]
    [InlineData("10.0.0.7", null)]
    [InlineData(":80", null)]
    [InlineData("cart:0", null)]
    [InlineData("cart:65536", null)]
    [InlineData("cart:-1", null)]
    [InlineData("cart: 80", null)]
    [InlineData("http://cart:80", null)]
    [InlineData("a b:80", null)]
    [InlineData("[10.0.0.7]:80", null)]
    public void An_address_is_a_host_and_a_port(string text, string? expected) => Assert.Equal(expected, AddressText.Parse(text, out _)?.ToString());
}
