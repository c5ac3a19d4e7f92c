using System.Net;
using Akka.Actor;
using Grpc.Core;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Mesh.Runtime.Tests.Sidecar;
using Microsoft.AspNetCore.Http;
using Wire = Mesh.Runtime.ControlPlane.Transport.Wire;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>Global rate limits: sidecars ask a control plane over real sockets.</summary>
public sealed class GlobalLimitTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(20);

    /// <summary>What a loaded machine does not fill while a test runs: 30 at once, and then one an hour.</summary>
    private static readonly RateLimitConfig Thirty = new() { Global = true, GlobalTimeout = Ample, Bucket = new TokenBucketConfig { Rate = 1.0 / 3600, Burst = 30 } };

    private readonly LiveMesh _mesh = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<TestSidecar> _sidecars = [];
    private TestControlPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestControlPlane.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var sidecar in _sidecars) await sidecar.DisposeAsync();
        await _plane.DisposeAsync();
        await _mesh.DisposeAsync();
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Sidecars_of_a_service_share_one_limit()
    {
        await LimitAsync(Thirty, replicas: 2);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => CallAsync(i % 2)));
        Assert.Equal((30, 170), (answers.Count(answer => answer == HttpStatusCode.OK), answers.Count(answer => answer == HttpStatusCode.TooManyRequests)));
        Assert.All(_sidecars, sidecar => Assert.Equal(0, sidecar.Status.Undecided));
    }

    [Fact]
    public async Task Each_value_of_a_descriptor_has_a_bucket_of_its_own_however_long_it_is()
    {
        await LimitAsync(Thirty with { Bucket = null, Per = [new() { Header = "x-client", Bucket = new TokenBucketConfig { Rate = 1.0 / 3600, Burst = 3 } }] }, replicas: 2);
        string[] clients = ["ann", "bob", new string('x', 4000) + "1", new string('x', 4000) + "2"];
        var answers = await Task.WhenAll(clients.SelectMany(client => Enumerable.Range(0, 10).Select(async i => (client, Status: await CallAsync(i % 2, client)))));
        foreach (string client in clients) Assert.Equal(3, answers.Count(answer => answer.client == client && answer.Status == HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(0));   // no descriptor matches
    }

    [Fact]
    public async Task Refusal_says_that_it_is_a_rate_limit_s_and_when_to_come_again()
    {
        await LimitAsync(Thirty with { Bucket = new TokenBucketConfig { Rate = 0.01, Burst = 1 } }, replicas: 1);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(0));
        using var refused = await _client.GetAsync(Address(0));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("true", Assert.Single(refused.Headers.GetValues("x-envoy-ratelimited")));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 60, 100);
    }

    [Fact]
    public async Task Dead_control_plane_lets_all_through_and_the_sidecar_says_so()
    {
        await LimitAsync(Thirty, replicas: 1);
        await _plane.KillAsync();
        for (int i = 0; i < 40; i++) Assert.Equal(HttpStatusCode.OK, await CallAsync(0));
        Assert.Equal(40, _sidecars[0].Status.Undecided);
    }

    [Fact]
    public async Task Dead_control_plane_refuses_all_where_the_policy_wants_it()
    {
        await LimitAsync(Thirty with { FailureModeDeny = true }, replicas: 1);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(0));
        await _plane.KillAsync();
        using var refused = await _client.GetAsync(Address(0));
        Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal("RLSE", Assert.Single(refused.Headers.GetValues("x-meshlab-flags")));
        Assert.Equal(1, _sidecars[0].Status.Undecided);
    }

    [Fact]
    public async Task Slow_control_plane_is_waited_for_no_longer_than_the_time_out()
    {
        await LimitAsync(Thirty with { GlobalTimeout = TimeSpan.FromMilliseconds(50), FailureModeDeny = true }, replicas: 1);
        using var busy = new ManualResetEventSlim();
        _plane.Actor.Tell(new TokensWanted("cart", [], _ => busy.Wait(Ample)), ActorRefs.NoSender);
        try
        {
            for (int i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.InternalServerError, await CallAsync(0));
            Assert.False(busy.IsSet);
            Assert.Equal(5, _sidecars[0].Status.Undecided);
        }
        finally
        {
            busy.Set();
        }
        await UntilAsync(async () => await CallAsync(0) == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Question_that_breaks_the_bounds_is_refused_with_why()
    {
        using var channel = new ControlPlaneWay(_plane.Address, null, TimeProvider.System).Open();
        var client = new Wire.ControlPlane.ControlPlaneClient(channel);
        var request = new Wire.TokenRequest();
        request.Hits.AddRange(Enumerable.Repeat(new Wire.Hits { Count = 0, Uses = { new Wire.Use { Header = new string('x', 65).ToWire() } } }, TransportLimits.HitsPerAsk + 1));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.TakeTokensAsync(request));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        foreach (string why in new[] { "its service is empty", "257 kinds of hits", "a number of hits is not from 1", "a value is longer than 64 bytes" }) Assert.Contains(why, refused.Status.Detail);
    }

    private async Task LimitAsync(RateLimitConfig limit, int replicas)
    {
        var application = await _mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        _plane.Configure(new MeshConfig { Services = new Dictionary<string, PolicyConfig> { ["cart"] = new() { RateLimit = limit } } });
        for (int i = 0; i < replicas; i++) _sidecars.Add(await TestSidecar.StartAsync(_plane, $"cart-{i}", "cart", [], application));
        await LiveMesh.Until(() => _sidecars.All(sidecar => sidecar.Knows("cart")?.Policy.Config.RateLimit is not null));
    }

    private Uri Address(int replica) => new($"http://{_sidecars[replica].Proxy.InboundAddress}/");

    private async Task<HttpStatusCode> CallAsync(int replica, string? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(replica));
        if (client is not null) request.Headers.Add("x-client", client);
        using var response = await _client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task UntilAsync(Func<Task<bool>> fact)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!await fact())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Ample, "it did not become true.");
            await Task.Delay(20);
        }
    }
}
