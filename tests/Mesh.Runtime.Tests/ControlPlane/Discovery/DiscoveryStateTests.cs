using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

public class DiscoveryStateTests
{
    [Theory]
    [InlineData("ab", "bc", "abc")]       // all that any source knows
    [InlineData("ab", "", "ab")]
    [InlineData("a-b", "a", "b")]         // the first source says it is not ready: the second does not know better
    [InlineData("ab", "a-", "b")]         // the first does not know, the second does
    [InlineData("a~b", "", "b")]          // draining ones are not used while others are left
    [InlineData("a~b-", "", "a")]         // but they are when none is
    [InlineData("a-b-", "", "")]
    public void Sources_are_merged_by_address(string first, string second, string expected) =>
        Assert.Equal(expected, new Registry().Says(first, "a-source").Says(second, "b-source").Seen);

    [Fact]
    public void The_first_source_in_precedence_describes_an_address_and_the_others_fill_what_it_does_not_know()
    {
        var registry = new Registry(new DiscoveryOptions { Precedence = ["file"] });
        registry.Apply(Observation("dns", new ObservedEndpoint { Address = new("h", 1), Zone = "z2", Weight = 7, Version = "v2", Name = "n" }));
        registry.Apply(Observation("file", new ObservedEndpoint { Address = new("h", 1), Zone = "z1", Weight = 3 }));
        var endpoint = Assert.Single(registry.Endpoints);
        Assert.Equal(("z1", 3, "v2", "n"), (endpoint.Zone, endpoint.Weight, endpoint.Version, endpoint.Name));
    }

    [Fact]
    public void An_endpoint_keeps_its_id_while_address_and_identity_are_the_same_and_another_does_not_get_it()
    {
        var registry = new Registry();
        int Id(char letter) => registry.Endpoints.Single(endpoint => endpoint.Address!.Host[^1] == letter).Id;

        registry.Says("ab");
        int a = Id('a');
        registry.Says("ab").Says("b").Says("ab");                       // also when it was away for a moment
        Assert.Equal(a, Id('a'));
        registry.Apply(Observation("dns", Registry.Endpoint('a') with { Weight = 9, Zone = "b", Version = "v2" }));
        Assert.Equal((a, 9), (Id('a'), registry.Endpoints[0].Weight));
        registry.Says("a", identity: "spiffe://mesh/ns/shop/sa/cart");   // somebody else listens there
        int other = Id('a');
        Assert.NotEqual(a, other);
        registry.At(3600).Says("b").At(7200).Says("ab");                 // its past is forgotten
        Assert.Equal(a, Id('a'));                                        // but not who it was
        Assert.Equal(registry.Directory.Endpoints.Count, registry.Directory.Endpoints.Select(endpoint => endpoint.Id).Distinct().Count());
    }

    [Fact]
    public void What_does_not_change_is_not_told()
    {
        var registry = new Registry().Says("ab").Says("ab").Says("ba");
        Assert.Equal(1, registry.Changes);
        Assert.Same(registry.Endpoints[0], registry.Directory.Endpoints[0]);
    }

    [Fact]
    public void An_empty_answer_takes_a_service_s_endpoints_only_after_the_grace()
    {
        var registry = new Registry().Says("ab").At(10).Says("");
        Assert.Equal(("ab", 10 * TimeSpan.TicksPerSecond), (registry.Seen, registry.Status.EmptySince));
        Assert.Equal("ab", registry.At(39.9).Seen);
        Assert.Equal("", registry.At(40).Seen);
    }

    [Theory]
    [InlineData("b")]     // an endpoint is back
    [InlineData("b~")]    // one that still answers
    public void The_grace_ends_with_an_endpoint_that_may_have_requests(string back)
    {
        var registry = new Registry().Says("ab").At(10).Says("").At(20).Says(back);
        Assert.Equal(("b", (long?)null), (registry.Seen, registry.Status.EmptySince));
        Assert.Equal("b", registry.At(30).Says("").At(59).Seen);   // and begins anew
        Assert.Equal("", registry.At(60).Seen);
    }

    [Fact]
    public void Endpoints_that_are_all_unready_are_an_empty_answer() => Assert.Equal("ab", new Registry().Says("ab").At(1).Says("a-b-").At(20).Seen);

    [Fact]
    public void A_service_nobody_ever_saw_an_endpoint_of_has_no_grace()
    {
        var registry = new Registry().Says("a-");
        Assert.Equal(("", (long?)null), (registry.Seen, registry.Status.EmptySince));
        Assert.Equal("a", registry.At(1).Says("a").Seen);
    }

    [Theory]
    [InlineData("abcde", "abcd", "abcd")]      // a fifth is missing: believed, error or not
    [InlineData("abcde", "abc", "abcde")]      // more: kept
    [InlineData("abcde", "abx", "abcdex")]     // what is new is believed in any case
    [InlineData("abcde", "", "abcde")]         // a question that failed
    [InlineData("a", "b", "ab")]
    public void An_answer_with_an_error_takes_no_more_than_a_share_of_the_endpoints(string before, string answer, string expected)
    {
        Assert.Equal(expected, new Registry().Says(before).Says(answer, error: "SERVFAIL").At(3600).Seen);
        if (answer.Length > 0) Assert.Equal(answer, new Registry().Says(before).Says(answer).Seen);
    }

    [Fact]
    public void An_error_is_told_until_the_next_good_answer()
    {
        var registry = new Registry().Says("ab").Says("", error: "SERVFAIL");
        Assert.Equal("SERVFAIL", registry.Status.Sources[0].Error);
        Assert.Null(registry.Says("ab").Status.Sources[0].Error);
    }

    [Fact]
    public void A_time_to_live_that_is_not_renewed_makes_the_service_stale_and_then_the_answer_expires()
    {
        var registry = new Registry(new DiscoveryOptions { StaleAfter = TimeSpan.FromSeconds(30), ExpireAfter = TimeSpan.FromSeconds(100), EmptyAfter = TimeSpan.FromSeconds(20) });
        registry.Says("ab", ttl: 5);
        Assert.Null(registry.At(34).Status.StaleSince);
        Assert.Equal(5 * TimeSpan.TicksPerSecond, registry.At(35).Status.StaleSince);
        Assert.Null(registry.Says("ab", ttl: 5).Status.StaleSince);
        Assert.Equal("ab", registry.At(40 + 119.9).Seen);    // given up after 100 s, and then the grace
        Assert.Equal("", registry.At(40 + 120).Seen);
    }

    [Fact]
    public void What_a_watch_has_told_stands_while_it_is_in_sync_and_is_kept_when_it_breaks_off()
    {
        var registry = new Registry(new DiscoveryOptions { ExpireAfter = TimeSpan.FromHours(1), EmptyAfter = TimeSpan.Zero });
        registry.Watches("ab").Is(ProviderState.Synced);
        Assert.Null(registry.At(7200).Status.StaleSince);
        registry.Is(ProviderState.Stale);
        Assert.Equal(7200 * TimeSpan.TicksPerSecond, registry.At(7230).Status.StaleSince);
        Assert.Equal("ab", registry.At(7200 + 3599).Seen);
        Assert.Equal("", registry.At(7200 + 3600).Seen);
        Assert.Equal("ab", registry.At(20_000).Is(ProviderState.Synced).Seen);   // back, and nothing had changed: no observation comes
    }

    [Fact]
    public void A_source_that_is_given_up_takes_nothing_from_the_others()
    {
        var registry = new Registry(new DiscoveryOptions { ExpireAfter = TimeSpan.FromSeconds(60) });
        registry.Says("bc", "file").Watches("ab").Is(ProviderState.Synced).At(10).Is(ProviderState.Stale);
        Assert.Equal("abc", registry.At(69).Seen);
        Assert.Equal("bc", registry.At(70).Seen);
    }

    [Fact]
    public void With_an_infinite_time_nothing_expires()
    {
        var registry = new Registry(new DiscoveryOptions { ExpireAfter = Timeout.InfiniteTimeSpan }).Watches("ab").Is(ProviderState.Synced).Is(ProviderState.Stale);
        Assert.Equal("ab", registry.At(1e6).Seen);
    }

    [Fact]
    public void An_endpoint_that_comes_and_goes_is_held_back_for_longer_each_time()
    {
        var registry = new Registry();
        double second = 0;
        registry.Says("abcd");
        Registry Flap() => registry.At(second += 1).Says("bcd").At(second += 1).Says("abcd");

        for (int i = 0; i < 3; i++) Assert.Equal("abcd", Flap().Seen);
        foreach (double hold in (double[])[10, 20, 40])
        {
            Assert.Equal("bcd", Flap().Seen);   // at least the fourth departure within a minute
            Assert.Equal(1, registry.Status.Held);
            Assert.Equal("bcd", registry.At(second + hold - 0.1).Seen);
            Assert.Equal("abcd", registry.At(second += hold).Seen);
        }
    }

    [Fact]
    public void Departures_outside_the_window_do_not_count()
    {
        var registry = new Registry().Says("ab");
        for (int i = 0; i < 20; i++) Assert.Equal("ab", registry.At(i * 21 + 20).Says("b").At(i * 21 + 21).Says("ab").Seen);
    }

    [Theory]
    [InlineData("a", "", "a")]           // never the last one
    [InlineData("ab", "", "b")]          // half of them at most
    [InlineData("abcde", "", "cde")]
    [InlineData("abcde", "cde", "cde")]
    public void No_more_than_a_share_of_the_endpoints_is_held_back(string all, string steady, string expected)
    {
        var registry = new Registry(new DiscoveryOptions { EmptyAfter = TimeSpan.Zero }).Says(all);
        double second = 0;
        for (int i = 0; i < 5; i++) registry.At(second += 1).Says(steady).At(second += 1).Says(all);
        Assert.Equal(expected, registry.Seen);
    }

    [Fact]
    public void Too_many_services_and_endpoints_are_refused_and_said()
    {
        var state = new DiscoveryState(new DiscoveryOptions { MaxServices = 2, MaxEndpoints = 3 }, new MeshDirectory());
        var changes = state.Apply(Enumerable.Range(0, 4).Select(i => Observation("s", [.. "abcde".Select(letter => Registry.Endpoint(letter))]) with { Service = $"s{i}" }), [], 0);
        Assert.Equal(["s0", "s1"], changes.Select(change => change.Service));
        Assert.All(changes, change => Assert.Equal(3, change.Endpoints.Count));
        Assert.Equal(2, state.Refused);
        Assert.Contains("5 endpoints, of which the first 3", state.Status(0)[0].Sources[0].Error);
    }

    [Fact]
    public void A_service_that_is_gone_and_has_no_past_is_forgotten()
    {
        var registry = new Registry().Says("ab").At(1).Says("");
        registry.At(3600).Says("");   // whoever looks
        Assert.Empty(registry.State.Status(registry.Now));
    }

    private static ServiceObservation Observation(string source, params ObservedEndpoint[] endpoints) =>
        new() { Source = source, Service = Registry.Service, Endpoints = endpoints, TakenAt = 0, ValidFor = Timeout.InfiniteTimeSpan };
}
