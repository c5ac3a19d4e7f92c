using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Dns;
using Mesh.Runtime.Randomness;
using Xunit.Abstractions;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Dns;

/// <summary>Against the real dnsmasq.</summary>
public class DnsProviderTests(ITestOutputHelper output)
{
    private const string Headless = "cart.shop.svc.mesh.test";

    private static readonly DnsServiceConfig Cart = new() { Service = "cart", Name = Headless, Port = 8080, Version = "v2", Zone = "a" };

    [SkippableFact]
    public async Task Endpoints_appear_and_vanish_within_the_time_to_live()
    {
        using var dns = new DnsServer(ttl: 1).Hosts(("10.0.0.1", Headless)).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(Cart), seen);
        await seen.Until("cart", "10.0.0.1:8080");
        await seen.UntilSynced();
        var first = Assert.Single(seen.Find("cart")!.Endpoints);
        Assert.Equal(("v2", "a", TimeSpan.FromSeconds(1)), (first.Version, first.Zone, seen.Find("cart")!.ValidFor));

        List<TimeSpan> appeared = [], vanished = [];
        for (int i = 0; i < 4; i++)
        {
            dns.Hosts(("10.0.0.1", Headless), ("10.0.0.2", Headless));
            appeared.Add(await seen.Until("cart", "10.0.0.1:8080 10.0.0.2:8080"));
            dns.Hosts(("10.0.0.1", Headless));
            vanished.Add(await seen.Until("cart", "10.0.0.1:8080"));
        }
        output.WriteLine($"with 1 s to live: appeared {Figures(appeared)}, vanished {Figures(vanished)}");
        // The promise is a second and the time of a question; the rest is for a loaded machine.
        Assert.True(appeared.Concat(vanished).Order().ElementAt(4) < TimeSpan.FromSeconds(2));
    }

    [SkippableFact]
    public async Task Service_records_give_ports_weights_and_the_first_priority_only()
    {
        using var dns = new DnsServer(ttl: 1, "--srv-host=_http._tcp.cart.mesh.test,one.mesh.test,8080,10,10", "--srv-host=_http._tcp.cart.mesh.test,two.mesh.test,8081,10,30",
            "--srv-host=_http._tcp.cart.mesh.test,spare.mesh.test,8082,20,10", "--srv-host=_big._tcp.cart.mesh.test,one.mesh.test,80,0,0", "--srv-host=_big._tcp.cart.mesh.test,two.mesh.test,80,0,65535")
            .Hosts(("10.0.0.1", "one.mesh.test"), ("10.0.0.2", "two.mesh.test"), ("10.0.0.3", "spare.mesh.test")).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(new DnsServiceConfig { Service = "cart", Name = "_http._tcp.cart.mesh.test" }, new DnsServiceConfig { Service = "big", Name = "_big._tcp.cart.mesh.test" }), seen);
        await seen.Until("cart", "10.0.0.1:8080 10.0.0.2:8081");
        await seen.Until("big", "10.0.0.1:80 10.0.0.2:80");
        Assert.Equal([("one.mesh.test", 10), ("two.mesh.test", 30)], seen.Find("cart")!.Endpoints.Select(endpoint => (endpoint.Name, endpoint.Weight)).Order());
        Assert.Equal([1, 128], seen.Find("big")!.Endpoints.Select(endpoint => endpoint.Weight).Order());   // to the mesh's scale

        dns.Hosts(("10.0.0.2", "two.mesh.test"), ("10.0.0.3", "spare.mesh.test"));
        await seen.Until("cart", "10.0.0.2:8081");       // a target without an address is not there
        dns.Hosts(("10.0.0.3", "spare.mesh.test"));
        await seen.Until("cart", "10.0.0.3:8082");       // nobody of the first priority is
        await seen.Until("big", "");
    }

    [SkippableTheory]
    [InlineData(DnsFamily.V4Preferred, "10.0.0.1:80", "[2001:db8::2]:80")]
    [InlineData(DnsFamily.V4, "10.0.0.1:80", "")]
    [InlineData(DnsFamily.V6, "[2001:db8::1]:80", "[2001:db8::2]:80")]
    [InlineData(DnsFamily.All, "10.0.0.1:80 [2001:db8::1]:80", "[2001:db8::2]:80")]
    public async Task Addresses_are_of_the_family_asked_for(DnsFamily family, string both, string onlyV6)
    {
        using var dns = new DnsServer(ttl: 30).Hosts(("10.0.0.1", "both.mesh.test"), ("2001:db8::1", "both.mesh.test"), ("2001:db8::2", "six.mesh.test")).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(new DnsServiceConfig { Service = "both", Name = "both.mesh.test", Port = 80, Family = family }, new DnsServiceConfig { Service = "six", Name = "six.mesh.test", Port = 80, Family = family }), seen);
        await seen.UntilSynced();
        Assert.Equal((both, onlyV6), (seen.Addresses("both"), seen.Addresses("six")));
    }

    [SkippableFact]
    public async Task An_answer_too_large_for_a_datagram_is_asked_for_by_TCP()
    {
        using var dns = new DnsServer(ttl: 30).Hosts([.. Enumerable.Range(1, 240).Select(i => ($"10.0.0.{i}", Headless))]).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(Cart), seen);
        await seen.Until(() => seen.Find("cart")?.Endpoints.Count == 240);
    }

    [SkippableFact]
    public async Task A_name_that_does_not_exist_is_an_answer_and_a_server_that_knows_nothing_is_none()
    {
        using var dns = new DnsServer(ttl: 1).Hosts(("10.0.0.1", Headless)).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(Cart, new() { Service = "absent", Name = "absent.mesh.test", Port = 80 }, new() { Service = "foreign", Name = "foreign.example", Port = 80 }), seen);
        await seen.Until(() => seen.Find("absent") is not null && seen.Find("foreign") is not null && seen.Find("cart") is not null);
        Assert.Equal((null, 0), (seen.Find("absent")!.Error, seen.Find("absent")!.Endpoints.Count));
        Assert.StartsWith("foreign.example A: REFUSED from 127.0.0.1", seen.Find("foreign")!.Error);
        Assert.Equal(ProviderState.Failed, provider.Status.State);
        Assert.Contains("foreign.example", provider.Status.Reason);
    }

    [Theory]
    [InlineData(2, "x.mesh.test A: SERVFAIL from 127.0.0.1")]
    [InlineData(5, "x.mesh.test A: REFUSED from 127.0.0.1")]
    [InlineData(null, "x.mesh.test A: no answer within 0.2 s")]
    public async Task A_server_that_fails_is_told_by_its_word(int? code, string expected)
    {
        using var dns = new UnhelpfulDnsServer(code);
        var seen = new Observations();
        await using var provider = Start(new DnsOptions { Services = [new() { Service = "x", Name = "x.mesh.test", Port = 80 }], NameServers = [dns.Address], Timeout = TimeSpan.FromSeconds(0.2), Retries = 0 }, seen);
        await seen.Until(() => seen.Find("x") is not null);
        Assert.StartsWith(expected, seen.Find("x")!.Error);
        Assert.Empty(seen.Find("x")!.Endpoints);
        await seen.Until(ProviderState.Failed);
    }

    [SkippableFact]
    public async Task The_next_server_is_asked_when_one_fails()
    {
        using var dns = new DnsServer(ttl: 1).Hosts(("10.0.0.1", Headless)).Start();
        using var failing = new UnhelpfulDnsServer(2);
        var seen = new Observations();
        await using var provider = Start(dns.Options(Cart) with { NameServers = [failing.Address, dns.Address] }, seen);
        await seen.Until("cart", "10.0.0.1:8080");
    }

    [SkippableFact]
    public async Task A_server_that_was_killed_takes_nothing_away_and_is_believed_when_it_is_back()
    {
        using var dns = new DnsServer(ttl: 1).Hosts(("10.0.0.1", Headless), ("10.0.0.2", Headless)).Start();
        var seen = new Observations();
        await using var provider = Start(dns.Options(Cart), seen);
        await seen.UntilSynced();
        dns.Kill();
        await seen.Until(ProviderState.Stale);
        Assert.NotNull(seen.Find("cart")!.Error);

        dns.Hosts(("10.0.0.2", Headless), ("10.0.0.3", Headless)).Start();
        await seen.Until("cart", "10.0.0.2:8080 10.0.0.3:8080");
        await seen.UntilSynced();
    }

    [Fact]
    public void Two_names_for_one_service_are_refused() =>
        Assert.Contains("'cart' is given twice", Assert.Throws<ArgumentException>(() => Start(new DnsOptions { Services = [Cart, Cart with { Name = "other" }] }, new Observations())).Message);

    private static DnsProvider Start(DnsOptions options, Observations seen)
    {
        var provider = new DnsProvider(options, seen, TimeProvider.System, new KeyedRandom(1));
        provider.Start();
        return provider;
    }

    private static string Figures(List<TimeSpan> times) => $"p50 {times.Order().ElementAt(times.Count / 2).TotalMilliseconds:0} ms, most {times.Max().TotalMilliseconds:0} ms of {times.Count}";
}
