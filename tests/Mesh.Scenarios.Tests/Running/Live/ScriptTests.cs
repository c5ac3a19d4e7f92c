using System.Globalization;
using System.Net;
using Mesh.Runtime.Proxy;

namespace Mesh.Scenarios.Tests.Running.Live;

/// <summary>What a live service does for a request after its own work.</summary>
public sealed class ScriptTests
{
    [Fact]
    public async Task Calls_carry_key_parent_trace_deadline_and_what_the_scenario_adds()
    {
        await using var world = LiveWorld.WithServices("""
            front: {endpoints: [{path: /, calls: [{to: back, path: /pay, method: POST, size: 70KB, headers: {x-tier: gold}, query: {page: "1"}, authority: pay.example, port: 8080}]}]}
            back: {}
            """);
        await using var router = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", router.Address);
        router.Route("pay.example", await world.StartAsync("back"));
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://{front.Address}/");
        foreach (var (name, value) in ((string, string)[])[(MeshHeaders.Key, "00000000000000ab"), (MeshHeaders.AttemptCount, "3"), (MeshHeaders.RequestId, "id-1"),
            (MeshHeaders.TraceParent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), (MeshHeaders.ExpectedTimeout, "20000")])
            request.Headers.Add(name, value);
        Assert.Equal(HttpStatusCode.OK, (await world.Http.SendAsync(request)).StatusCode);

        var call = Assert.Single(router.Seen);
        Assert.Equal(("POST", "/pay", "?page=1", "70000", "pay.example:8080"), (call.Method, call.Path, call.Query, call.Headers["content-length"], call.Headers["host"]));
        Assert.Equal(("00000000000000ab", "2", "id-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "gold"),
            (call.Headers[MeshHeaders.Parent], call.Headers[MeshHeaders.ParentAttempt], call.Headers[MeshHeaders.RequestId], call.Headers[MeshHeaders.TraceParent], call.Headers["x-tier"]));
        Assert.Equal(new Mesh.Runtime.Randomness.KeyedRandom(world.Config.Seed).ChildKey(0xab, 2, 0), call.Key);
        Assert.InRange(int.Parse(call.Headers[MeshHeaders.ExpectedTimeout], CultureInfo.InvariantCulture), 1, 20_000);
    }

    [Fact]
    public async Task Branches_of_a_parallel_block_run_at_once()
    {
        await using var world = LiveWorld.WithServices("""
            front: {endpoints: [{path: /, calls: [{parallel: [{to: back}, {to: back}, {sleep: 1s}]}]}]}
            back: {workers: 2, queue: 0, serviceTime: 1s}
            """);
        await using var router = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", router.Address);
        var back = await world.StartAsync("back");
        router.Route("back", back);
        var answer = world.GetAsync(front, "/", 1);
        await LiveWorld.Until(() => back.Read().Busy == 2, "both calls are worked on at once");
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    [Fact]
    public async Task One_branch_is_taken_by_the_request_s_own_draw()
    {
        await using var world = LiveWorld.WithServices("""
            front: {endpoints: [{path: /, calls: [{oneOf: [{to: left, weight: 3}, {to: right, weight: 1}]}]}]}
            left: {}
            right: {}
            """);
        await using var router = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", router.Address);
        router.Route("left", await world.StartAsync("left"));
        router.Route("right", await world.StartAsync("right"));
        for (int round = 0; round < 2; round++)
            for (ulong key = 1; key <= 100; key++) await world.GetAsync(front, "/", key);
        string[] taken = [.. router.Seen.Select(call => call.Service)];
        Assert.Equal(taken[..100], taken[100..]);
        Assert.InRange(taken.Count(service => service == "left"), 120, 180);   // 150 expected of 200
    }

    [Theory]
    [InlineData("{to: back}", HttpStatusCode.InternalServerError)]
    [InlineData("{to: back, optional: true}", HttpStatusCode.OK)]
    [InlineData("{to: unknown}", HttpStatusCode.InternalServerError)]
    public async Task A_call_that_fails_fails_the_request_unless_it_is_optional(string call, HttpStatusCode status)
    {
        await using var world = LiveWorld.WithServices($"front: {{endpoints: [{{path: /, calls: [{call}]}}]}}\nback: {{errorRate: 100%}}\nunknown: {{}}");
        await using var router = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", router.Address);
        router.Route("back", await world.StartAsync("back"));
        Assert.Equal(status, (await world.GetAsync(front, "/", 1)).StatusCode);
    }

    [Fact]
    public async Task A_gRPC_failure_under_200_fails_the_request_too()
    {
        await using var world = LiveWorld.WithServices("front: {endpoints: [{path: /, calls: [{to: back}]}]}\nback: {errorRate: 100%, errorGrpcStatus: 14}");
        await using var router = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", router.Address);
        router.Route("back", await world.StartAsync("back"));
        Assert.Equal(HttpStatusCode.InternalServerError, (await world.GetAsync(front, "/", 1)).StatusCode);
        Assert.Equal(200, Assert.Single(router.Seen).Status);
    }

    [Fact]
    public async Task A_sidecar_that_is_not_there_fails_the_request()
    {
        await using var world = LiveWorld.WithServices("front: {endpoints: [{path: /, calls: [{to: back}]}]}\nback: {}");
        var gone = await HostRouter.StartAsync();
        var front = await world.StartAsync("front", gone.Address);
        await gone.DisposeAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, (await world.GetAsync(front, "/", 1)).StatusCode);
    }
}
