using System.Diagnostics;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Kubernetes;
using Mesh.Runtime.Randomness;
using Xunit.Abstractions;
using static Mesh.Runtime.Tests.ControlPlane.Discovery.Kubernetes.Slices;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Kubernetes;

/// <summary>There is no cluster here: streams like those of an API server are played by <see cref="ApiServer"/>.</summary>
public class KubernetesProviderTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Slices_are_listed_in_pages_and_then_watched_from_the_list_s_version()
    {
        await using var api = (await ApiServer.StartAsync())
            .List(List(100, "page-2", Slice("cart", "a", 90, "10.0.0.1")))
            .List(List(100, null, Slice("cart", "b", 91, "10.0.0.2"), Slice("pay", "a", 92, "10.0.1.1")))
            .WatchAndHold(Event("ADDED", Slice("cart", "c", 101, "10.0.0.3")), Event("MODIFIED", Slice("cart", "a", 102, "")), Event("DELETED", Slice("pay", "a", 103, "10.0.1.1")));
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.Until("cart", "10.0.0.2:8080 10.0.0.3:8080");
        await seen.Until("pay", "");
        await seen.UntilSynced();
        Assert.Equal(["list", "list page-2", "watch 100"], api.Requests);
        Assert.Equal("103", seen.Find("pay")!.Revision);
        var endpoint = seen.Find("cart")!.Endpoints[0];
        Assert.Equal(("pod-10.0.0.2", "zone-a", "v3", EndpointReadiness.Ready), (endpoint.Name, endpoint.Zone, endpoint.Version, endpoint.Readiness));
    }

    [Fact]
    public async Task A_watch_resumes_at_the_last_bookmark()
    {
        await using var api = (await ApiServer.StartAsync())
            .List(List(100, null, Slice("cart", "a", 90, "10.0.0.1")))
            .Watch(Event("MODIFIED", Slice("cart", "a", 101, "10.0.0.1 10.0.0.2")), Bookmark(250))
            .Watch(Bookmark(260))
            .WatchAndHold(Event("MODIFIED", Slice("cart", "a", 261, "10.0.0.3")));
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.Until("cart", "10.0.0.3:8080");
        Assert.Equal(["list", "watch 100", "watch 250", "watch 260"], api.Requests);
        Assert.DoesNotContain(seen.Statuses, status => status.State is ProviderState.Stale or ProviderState.Failed);   // watches end, that is no failure
    }

    [Fact]
    public async Task Gone_in_the_stream_or_as_a_status_lists_anew_and_what_is_missing_then_has_left()
    {
        await using var api = (await ApiServer.StartAsync())
            .List(List(100, null, Slice("cart", "a", 90, "10.0.0.1"), Slice("pay", "a", 91, "10.0.1.1")))
            .WatchAndHold(GoneEvent(100))                       // the connection stays open after the error
            .List(List(500, null, Slice("cart", "a", 490, "10.0.0.2")))
            .Status(410, Gone(500).ToJsonString())
            .List(List(900, "old-page", Slice("cart", "a", 490, "10.0.0.2")))
            .Status(410, Gone(900).ToJsonString())              // the next page has expired
            .List(List(950, null, Slice("cart", "a", 940, "10.0.0.3")))
            .WatchAndHold();
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.Until("cart", "10.0.0.3:8080");
        await seen.Until("pay", "");
        await seen.UntilSynced();
        Assert.Equal(["list", "watch 100", "list", "watch 500", "list", "list old-page", "list", "watch 950"], api.Requests);
        Assert.Contains(seen.Statuses, status => status is { State: ProviderState.Stale, Reason: "the API server ended the watch: 410 Expired." });
        Assert.Contains(seen.Statuses, status => status is { State: ProviderState.Stale, Reason: "the API server answered 410 Gone." });
    }

    [Theory]
    [InlineData(true)]    // the connection is reset in the middle of a line
    [InlineData(false)]   // the stream ends there as if all were well
    public async Task A_watch_that_breaks_off_within_a_line_resumes_before_that_line(bool reset)
    {
        string cut = Event("MODIFIED", Slice("cart", "a", 102, "10.0.0.9"))[..200];
        await using var api = (await ApiServer.StartAsync()).List(List(100, null, Slice("cart", "a", 90, "10.0.0.1")));
        string first = Event("MODIFIED", Slice("cart", "a", 101, "10.0.0.2"));
        _ = reset ? api.WatchAndReset(first, cut) : api.Watch(first, cut);
        api.WatchAndHold(Event("MODIFIED", Slice("cart", "a", 102, "10.0.0.3")));
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.Until("cart", "10.0.0.3:8080");
        Assert.Equal(["list", "watch 100", "watch 101"], api.Requests);
        await seen.UntilSynced();
        Assert.Contains(seen.Statuses, status => status.State == ProviderState.Stale);
    }

    [Fact]
    public async Task A_slow_stream_is_read_as_it_comes()
    {
        await using var api = (await ApiServer.StartAsync())
            .List(List(100, null, Slice("cart", "a", 90, "10.0.0.1")))
            .WatchSlowly(50, Event("MODIFIED", Slice("cart", "a", 101, "10.0.0.2")), Bookmark(102), Event("MODIFIED", Slice("cart", "a", 103, "10.0.0.3")));
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.Until("cart", "10.0.0.2:8080");
        await seen.Until("cart", "10.0.0.3:8080");
        Assert.Equal(["list", "watch 100"], api.Requests);
    }

    [Fact]
    public async Task A_watch_that_is_silent_for_too_long_is_taken_for_dead()
    {
        await using var api = (await ApiServer.StartAsync())
            .List(List(100, null, Slice("cart", "a", 90, "10.0.0.1")))
            .WatchAndHold(Bookmark(110))
            .WatchAndHold(Event("MODIFIED", Slice("cart", "a", 111, "10.0.0.2")));
        var seen = new Observations();
        await using var provider = Start(api, seen, options => options with { WatchTime = TimeSpan.FromSeconds(1) });
        await seen.Until("cart", "10.0.0.2:8080");
        Assert.Equal("watch 110", api.Requests[2]);
    }

    [Fact]
    public async Task In_a_quiet_cluster_the_provider_is_in_sync_before_anything_happens()
    {
        await using var api = (await ApiServer.StartAsync()).List(List(100, null, Slice("cart", "a", 90, "10.0.0.1"))).WatchAndHold();
        var seen = new Observations();
        await using var provider = Start(api, seen);
        await seen.UntilSynced();
    }

    [Fact]
    public async Task The_token_is_sent_and_never_told()
    {
        await using var api = (await ApiServer.StartAsync()).Status(403, "forbidden").List(List(1, null, Slice("cart", "a", 1, "10.0.0.1"))).WatchAndHold();
        var seen = new Observations();
        await using var provider = Start(api, seen, options => options with { Token = new KubernetesToken("t0ken") });
        await seen.Until("cart", "10.0.0.1:8080");
        Assert.Equal("Bearer t0ken", api.Authorization);
        Assert.Contains(seen.Statuses, status => status is { State: ProviderState.Failed, Reason: "the API server answered 403 Forbidden." });
        Assert.All(seen.Statuses, status => Assert.DoesNotContain("t0ken", status.ToString()));
        Assert.DoesNotContain("t0ken", new KubernetesOptions { Token = new KubernetesToken("t0ken") }.ToString());
    }

    [Fact]
    public async Task A_kubeconfig_leads_to_the_cluster()
    {
        await using var api = (await ApiServer.StartAsync()).List(List(1, null, Slice("cart", "a", 1, "10.0.0.1"))).WatchAndHold();
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("config"), $$$"""
            apiVersion: v1
            kind: Config
            current-context: lab
            contexts: [{name: lab, context: {cluster: lab, user: me}}]
            clusters: [{name: lab, cluster: {server: "{{{api.Address}}}"}}]
            users: [{name: me, user: {token: from-file}}]
            """);
        var seen = new Observations();
        await using var provider = Start(api, seen, options => options with { Server = null, KubeConfigFile = folder.File("config") });
        await seen.Until("cart", "10.0.0.1:8080");
        Assert.Equal("Bearer from-file", api.Authorization);
    }

    [Fact]
    public async Task Five_thousand_endpoints_are_listed()
    {
        await using var api = await ApiServer.StartAsync();
        for (int page = 0; page < 5; page++)
        {
            api.List(List(100, page < 4 ? $"p{page + 1}" : null, Enumerable.Range(page * 10, 10).Select(i => Slice($"s{i % 5}", $"x{i}", i, string.Join(' ', Enumerable.Range(1, 100).Select(j => $"10.1.{i}.{j}"))))));
        }
        api.WatchAndHold(Event("MODIFIED", Slice("s0", "x0", 101, "10.9.9.9")));
        var seen = new Observations();
        long began = Stopwatch.GetTimestamp();
        await using var provider = Start(api, seen, options => options with { PageSize = 10 });
        await seen.Until(() => Enumerable.Range(1, 4).All(i => seen.Find($"s{i}")?.Endpoints.Count == 1000));
        output.WriteLine($"5,000 endpoints listed in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
        await seen.Until(() => seen.Find("s0")!.Endpoints.Count == 901);
    }

    private static KubernetesProvider Start(ApiServer api, Observations seen, Func<KubernetesOptions, KubernetesOptions>? change = null)
    {
        var options = new KubernetesOptions { Server = api.Address, Namespace = "shop", Reconnect = new ReconnectOptions { Max = TimeSpan.FromSeconds(0.2) } };
        var provider = new KubernetesProvider(change?.Invoke(options) ?? options, seen, TimeProvider.System, new KeyedRandom(1));
        provider.Start();
        return provider;
    }
}
