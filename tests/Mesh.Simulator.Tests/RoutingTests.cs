using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests;

/// <summary>Routes, splits, copies and authorization in a whole world: shop calls pay.</summary>
public class RoutingTests
{
    private static readonly Lazy<TestWorld> Canary = new(() => Run(new() { Split = new() { Weights = [new("v1", 95), new("v2", 5)] } }));

    [Fact]
    public void Canary_gets_its_share_of_the_requests()
    {
        var picked = Canary.Value.Of(MeshEventKind.AttemptStarted).Select(e => Canary.Value.EndpointOf(e)).Where(name => name.StartsWith("pay", StringComparison.Ordinal)).ToList();
        double expected = picked.Count * 0.05, allowed = 5 * Math.Sqrt(picked.Count * 0.05 * 0.95);
        Assert.InRange(picked.Count(name => name.StartsWith("pay-v2", StringComparison.Ordinal)), expected - allowed, expected + allowed);
        Assert.True(picked.Count > 1500);
    }

    [Fact]
    public void Weight_of_0_gets_nothing() =>
        Assert.DoesNotContain(Picked(Run(new() { Split = new() { Weights = [new("v1", 1), new("v2", 0)] } })), name => name.StartsWith("pay-v2", StringComparison.Ordinal));

    [Fact]
    public void Direct_response_reaches_no_endpoint()
    {
        var world = Run(new() { Routes = [new() { Match = [Exact("/pay")], DirectResponse = new() { Status = 418, BodyBytes = 7 } }] });
        var ended = world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay").ToList();
        Assert.NotEmpty(ended);
        Assert.All(ended, e => Assert.Equal((418, 7L, -1, ResponseFlags.None), (e.Outcome, e.Bytes, e.Attempt, e.Flags)));
        Assert.Empty(Picked(world));
    }

    [Fact]
    public void Redirect_answers_with_its_status()
    {
        var world = Run(new() { Routes = [new() { Redirect = new() { Status = 308, Path = "/new" } }] });
        Assert.All(world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay"), e => Assert.Equal(308, e.Outcome));
        Assert.Empty(Picked(world));
    }

    [Fact]
    public void Rewritten_request_arrives_under_its_new_path_and_is_reported_under_its_old_one()
    {
        var world = Run(new() { Routes = [new() { Match = [new() { Path = new(PathMatchKind.Prefix, "/pay") }], Rewrite = new() { Prefix = "/v2/pay" } }] });
        string[] Paths(MeshEventKind kind) => [.. world.Of(kind).Where(e => e.Service == world.Directory.FindService("pay")).Select(e => world.Directory.Classes[e.Class].Path).Distinct()];
        Assert.Equal(["/v2/pay"], Paths(MeshEventKind.InboundStarted));
        Assert.Equal(["/pay"], Paths(MeshEventKind.RequestStarted));
        Assert.Equal(["/pay"], Paths(MeshEventKind.AttemptEnded));
        Assert.Equal(["/pay"], Paths(MeshEventKind.RequestEnded));
        Assert.All(world.Roots, e => Assert.Equal(200, e.Outcome));
    }

    [Fact]
    public void Copies_go_to_the_mirror_and_change_no_answer()
    {
        var world = Run(new() { Mirror = new() { To = "shadow", Percent = 0.5 } });
        int requests = world.Of(MeshEventKind.RequestStarted).Count(e => world.Directory.Services[e.Service] == "pay");
        int copies = world.Of(MeshEventKind.Mirrored).Count();
        Assert.InRange(copies, requests * 0.5 - 5 * Math.Sqrt(requests * 0.25), requests * 0.5 + 5 * Math.Sqrt(requests * 0.25));
        Assert.Equal(copies, world.Of(MeshEventKind.InboundStarted).Count(e => world.Directory.Services[e.Service] == "shadow"));
        Assert.All(world.Roots, e => Assert.Equal(200, e.Outcome));   // though shadow always fails
    }

    [Fact]
    public void Route_knows_its_caller()
    {
        var world = Run(new() { Routes = [new() { Match = [new() { FromService = "shop", FromNamespace = "default", FromLabels = [new("version", "v1"), new("tier", "gold")] }], DirectResponse = new() { Status = 204 } }] });
        Assert.All(world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay"), e => Assert.Equal(204, e.Outcome));
    }

    [Fact]
    public void Caller_that_no_rule_allows_gets_403_and_the_callee_knows_why()
    {
        var world = Run(new() { Authorization = new() { Allow = [new() { From = [new() { Principals = new() { Values = ["boss"] } }] }] } });
        var inbound = world.Of(MeshEventKind.InboundEnded).Where(e => world.Directory.Services[e.Service] == "pay").ToList();
        Assert.NotEmpty(inbound);
        Assert.All(inbound, e => Assert.Equal((403, ResponseFlags.UAEX), (e.Outcome, e.Flags)));
        Assert.All(world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay"), e => Assert.Equal((403, ResponseFlags.None), (e.Outcome, e.Flags)));
    }

    [Theory]
    [InlineData("shop", "GET", 200)]
    [InlineData("cluster.local/ns/default/sa/shop", "GET", 200)]
    [InlineData("shop", "POST", 403)]
    public void Allowed_caller_passes(string principal, string method, int status)
    {
        var world = Run(new() { Authorization = new() { Allow = [new() { From = [new() { Principals = new() { Values = [principal] } }], To = [new() { Methods = new() { Values = [method] } }] }] } });
        Assert.All(world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay"), e => Assert.Equal(status, e.Outcome));
    }

    [Fact]
    public void Token_is_judged_where_the_callee_has_rules()
    {
        var policy = new PolicyConfig { Jwt = [new() { Issuer = "a", ClockSkew = TimeSpan.Zero }], Authorization = new() { Allow = [new() { From = [new() { RequestPrincipals = new() { Values = ["*"] } }] }] } };
        Assert.Equal([403], Statuses(Run(policy)));                                                // no token: authorization asks for one
        Assert.Equal([200], Statuses(Run(policy, new JwtToken { Issuer = "a", Subject = "ann" })));
        Assert.Equal([401], Statuses(Run(policy, new JwtToken { Issuer = "b", Subject = "ann" })));
        Assert.Equal([200, 401], Statuses(Run(policy, new JwtToken { Issuer = "a", Expires = 10 * TimeSpan.TicksPerSecond })));
    }

    private static int[] Statuses(TestWorld world) =>
        [.. world.Of(MeshEventKind.RequestEnded).Where(e => world.Directory.Services[e.Service] == "pay").Select(e => e.Outcome).Distinct().Order()];

    private static IEnumerable<string> Picked(TestWorld world) =>
        world.Of(MeshEventKind.AttemptStarted).Select(e => world.EndpointOf(e)).Where(name => name.StartsWith("pay", StringComparison.Ordinal));

    private static RouteMatchConfig Exact(string path) => new() { Path = new(PathMatchKind.Exact, path) };

    private static TestWorld Run(PolicyConfig pay, JwtToken? token = null) => TestWorld.Run(new WorldConfig
    {
        Seed = 5,
        Duration = TimeSpan.FromSeconds(20),
        Services =
        [
            new ServiceConfig
            {
                Name = "shop",
                Versions = [new VersionConfig { Labels = new Dictionary<string, string> { ["tier"] = "gold" } }],
                Classes = [new RequestClassConfig { Path = "/", Script = [new CallStep { To = "pay", Path = "/pay", Optional = true, Head = new() { Token = token } }] }],
            },
            new ServiceConfig { Name = "pay", Versions = [new VersionConfig { Name = "v1", Replicas = 2 }, new VersionConfig { Name = "v2" }] },
            new ServiceConfig { Name = "shadow", Versions = [new VersionConfig { ErrorRate = 1 }] },
        ],
        Mesh = new MeshConfig { Services = new Dictionary<string, PolicyConfig> { ["pay"] = pay } },
        Workloads = [new WorkloadConfig { Name = "load", To = "shop", Stages = [new StageConfig { For = TimeSpan.FromSeconds(20), Rate = 100 }] }],
    });
}
