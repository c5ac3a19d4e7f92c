using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests;

/// <summary>Authorization in a world: addresses, an external authorizer's rules, and what is noted.</summary>
public sealed class SecurityTests
{
    /// <summary>The ingress calls front, the first service of the file, which calls back, the second.</summary>
    private static TestWorld Run(AuthorizationConfig authorization, RequestHeadConfig? head = null)
    {
        var load = Build.Load("front", 10, 2) with { Mix = [new MixConfig { Head = head ?? RequestHeadConfig.Plain }] };
        var config = Build.World(2, [Build.Service("front", Build.Constant(1), workers: 4, script: new CallStep { To = "back" }), Build.Service("back", Build.Constant(1), workers: 4)], load);
        return TestWorld.Run(config with { Mesh = new MeshConfig { Services = new Dictionary<string, PolicyConfig> { ["back"] = new() { Authorization = authorization } } } });
    }

    private static int Refused(TestWorld test) => test.Of(MeshEventKind.InboundEnded).Count(e => e.Outcome == 403);

    private static AuthorizationConfig From(params string[] blocks) => new() { Allow = [new() { From = [new() { IpBlocks = new TextList { Values = blocks } }] }] };

    [Theory]
    [InlineData("10.1.0.0/16", 0)]      // the first service's replicas
    [InlineData("10.1.0.1", 0)]
    [InlineData("10.2.0.0/16", 19)]
    [InlineData("10.0.0.1", 19)]        // the ingress does not call it
    public void Each_service_has_a_block_of_addresses(string block, int refused) => Assert.Equal(refused, Refused(Run(From(block))));

    [Fact]
    public void Client_s_address_is_the_one_that_the_request_names()
    {
        var rule = new AuthorizationConfig { Allow = [new() { From = [new() { RemoteIpBlocks = new TextList { Values = ["203.0.113.0/24"] } }] }] };
        var front = Build.Service("front", Build.Constant(1), workers: 4);
        TestWorld Call(IPAddress? remote) => TestWorld.Run(Build.World(1, [front], Build.Load("front", 10, 1) with { Mix = [new MixConfig { Head = new RequestHeadConfig { RemoteAddress = remote } }] }) with
        {
            Mesh = new MeshConfig { Defaults = new() { Authorization = rule } },
        });
        Assert.Equal(0, Refused(Call(IPAddress.Parse("203.0.113.7"))));
        Assert.Equal(9, Refused(Call(IPAddress.Parse("198.51.100.7"))));
        Assert.Equal(9, Refused(Call(null)));      // the ingress's own
    }

    [Fact]
    public void External_authorizer_s_rules_decide_and_audited_requests_are_noted()
    {
        var front = new AuthorizationRule { From = [new() { Principals = new TextList { Values = ["front"] } }] };
        var test = Run(new() { Custom = [new()], CustomAllows = [front], Audit = [front] });
        Assert.Equal(0, Refused(test));
        Assert.Equal(19, test.Of(MeshEventKind.RequestAudited).Count());
        Assert.Equal(19, Refused(Run(new() { Custom = [new()] })));
    }

    /// <summary>A service whose errors ask to be tried again, and its caller, which listens.</summary>
    [Fact]
    public void Retry_listens_to_the_headers_that_a_service_answers_with()
    {
        var flaky = Build.Service("back", Build.Constant(1), workers: 4);
        flaky = flaky with { Versions = [flaky.Versions[0] with { ErrorRate = 0.5, ErrorStatus = 404, ErrorHeaders = [new("x-try-again", "yes")] }] };
        var retries = new RetryConfig { Attempts = 5, On = RetryOn.RetriableHeaders, RetriableHeaders = new([new("x-try-again", new TextMatch(TextMatchKind.Present))]) };
        TestWorld Call(RetryConfig? policy) => TestWorld.Run(Build.World(10, [flaky], Build.Load("back", 50, 10)) with { Mesh = new MeshConfig { Defaults = new() { Retries = policy } } });
        Assert.InRange(Call(null).Roots.Count(e => e.Outcome == 404), 200, 300);
        Assert.InRange(Call(retries).Roots.Count(e => e.Outcome == 404), 0, 25);      // 2^-6 of 500 are 8
    }
}
