using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Tests.Language.Policy;

public class RouteLanguageTests
{
    [Fact]
    public void Route_with_everything_is_read()
    {
        var route = Assert.Single(Policy("""
            routes:
              - name: gold
                match:
                  - {authority: {suffix: .example}, path: {prefix: /pay}, method: GET, headers: {x-tier: gold, x-old: {present: false}}, query: {page: {regex: "[0-9]+"}}, from: front}
                  - {path: {template: "/users/{id}"}, from: {service: ingress, namespace: default, labels: {tier: gold}}}
                timeout: 300ms
                retries: {attempts: 1}
                split: {v1: 1}
                mirror: {to: front, percent: 10%}
                rewrite: {path: /refund, authority: other}
                headers: {request: {set: {x-a: "1"}, add: {x-b: "2"}, remove: [x-c, x-d]}, response: {remove: x-e}}
            """).Routes!);

        Assert.Equal("gold", route.Name);
        var (first, second) = (route.Match[0], route.Match[1]);
        Assert.Equal((new(TextMatchKind.Suffix, ".example"), new(PathMatchKind.Prefix, "/pay"), "GET", "front"), (first.Authority, first.Path, first.Method, first.FromService));
        Assert.Equal([new("x-tier", new(TextMatchKind.Exact, "gold")), new("x-old", new(TextMatchKind.Absent))], first.Headers);
        Assert.Equal([new("page", new(TextMatchKind.Regex, "[0-9]+"))], first.Query);
        Assert.Equal((new(PathMatchKind.Template, "/users/{id}"), "ingress", "default"), (second.Path, second.FromService, second.FromNamespace));
        Assert.Equal([new("tier", "gold")], second.FromLabels);
        Assert.Equal((TimeSpan.FromMilliseconds(300), 1, "front", 0.1), (route.Policy.Timeout, route.Policy.Retries!.Attempts, route.Policy.Mirror!.To, route.Policy.Mirror.Percent));
        Assert.Equal([new("v1", 1.0)], route.Policy.Split!.Weights);
        Assert.Equal(new RewriteConfig { Path = "/refund", Authority = "other" }, route.Rewrite);
        Assert.Equal(["x-c", "x-d"], route.RequestHeaders.Remove);
        Assert.Equal([new("x-a", "1")], route.RequestHeaders.Set);
        Assert.Equal(["x-e"], route.ResponseHeaders.Remove);
    }

    [Fact]
    public void One_match_needs_no_list_and_a_plain_text_is_meant_exactly()
    {
        var match = Assert.Single(Assert.Single(Policy("routes: [{match: {path: /pay}, directResponse: {status: 503, size: 1KB}}]").Routes!).Match);
        Assert.Equal(new PathMatch(PathMatchKind.Exact, "/pay"), match.Path);
    }

    [Fact]
    public void Split_has_a_short_form_and_one_with_a_session()
    {
        Assert.Equal(95, Policy("split: {v1: 95%}").Split!.Weights[0].Value);
        var sticky = Policy("split: {weights: {v1: 2.5}, stickyHeader: x-user}").Split!;
        Assert.Equal((2.5, "x-user"), (sticky.Weights[0].Value, sticky.StickyHeader));
    }

    [Theory]
    [InlineData("routes: [{match: {path: pay}}]", "'pay' is not a path")]
    [InlineData("routes: [{match: {path: {prefix: /a, exact: /b}}}]", "several ways at once")]
    [InlineData("routes: [{match: {path: {}}}]", "nothing to compare with")]
    [InlineData("routes: [{match: {path: {template: \"/a/{**}/{**}\"}}}]", "may stand once")]
    [InlineData("routes: [{match: {headers: {x: {regex: \"(a\"}}}}]", "'(a' is not a regular expression")]
    [InlineData("routes: [{match: {headers: {x: {regex: \"(?=a)b\"}}}}]", "not a regular expression that can be run")]
    [InlineData("routes: [{match: {from: frnt}}]", "there is no service 'frnt'. Did you mean 'front'?")]
    [InlineData("routes: [{redirect: {path: /x}, directResponse: {}}]", "both answer the request")]
    [InlineData("routes: [{redirect: {status: 200}}]", "'200' is not a status of a redirect")]
    [InlineData("routes: [{rewrite: {path: /x, prefix: /y}}]", "keep one")]
    [InlineData("routes: [{match: {path: /pay}, rewrite: {prefix: /x}}]", "needs matches by prefix")]
    [InlineData("routes: [{name: a}, {name: a}]", "the route 'a' is there twice")]
    [InlineData("split: {v1: 0}", "all weights are 0")]
    [InlineData("split: {v1: -1}", "'-1' is not a weight")]
    [InlineData("split: {v9: 1}", "'back' has no version or subset 'v9'")]
    [InlineData("mirror: {}", "says nobody to copy to")]
    [InlineData("mirror: {to: bak}", "there is no service 'bak'. Did you mean 'back'?")]
    [InlineData("mirror: {to: front, version: v7}", "'front' has no version or subset 'v7'")]
    [InlineData("authorization: {allow: [{when: {key: source.port, values: x}}]}", "'source.port' is not an attribute of a request")]
    [InlineData("authorization: {allow: [{when: {key: source.ip, values: x}}]}", "'x' is neither an IP address nor a block of them; write it as 10.1.0.0/16 or 10.1.2.3.")]
    [InlineData("authorization: {deny: [{from: {ipBlocks: [10.0.0.0/99]}}]}", "'10.0.0.0/99' is neither an IP address nor a block of them")]
    [InlineData("authorization: {customAllows: [{}]}", "'customAllows' answers for requests that 'custom' matches; write those rules too.")]
    [InlineData("rateLimit: {per: [{route: reeds, rate: 5/s}]}", "'back' has no route 'reeds'.")]
    [InlineData("{rateLimit: {per: [{route: reeds, rate: 5/s}]}, routes: [{name: reads}]}", "Did you mean 'reads'?")]
    [InlineData("authorization: {allow: [{when: {key: source.namespace}}]}", "needs 'values' or 'notValues'")]
    [InlineData("authorization: {allow: [{to: {paths: [\"/a/{b\"]}}]}", "'{b' is not an element of a template")]
    [InlineData("jwt: [{audiences: [a]}]", "the key 'issuer' is missing")]
    [InlineData("jwt: [{issuer: a, jwks: keys.json, jwksUri: \"https://a/keys\"}]", "'jwks' already says the keys")]
    [InlineData("jwt: [{issuer: a, jwksUri: ftp://a/keys}]", "'ftp://a/keys' is not the address of a key set")]
    [InlineData("jwt: [{issuer: a, jwks: '{keys: []}'}]", "begins like a key set, but is not JSON")]
    [InlineData("mtls: on", "'on' is not a mode")]
    public void Wrong_policy_is_told(string policy, string problem) =>
        Assert.Contains(Reads.Errors(Text(policy)), error => error.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Authorization_is_read_with_its_empty_lists()
    {
        var authorization = Policy("""
            authorization:
              deny: [{from: {notPrincipals: [shop], namespaces: bad*}, to: [{methods: [POST]}, {paths: ["/a/{*}"]}]}]
              allow: []
            """).Authorization!;
        var rule = Assert.Single(authorization.Deny!);
        Assert.Equal(["shop"], Assert.Single(rule.From).Principals.Not);
        Assert.Equal(["bad*"], rule.From[0].Namespaces.Values);
        Assert.Equal(2, rule.To.Count);
        Assert.Empty(authorization.Allow!);
        Assert.Null(Policy("authorization: {deny: []}").Authorization!.Allow);
    }

    [Theory]
    [InlineData("mtls: strict", MutualTlsMode.Strict)]
    [InlineData("mtls: permissive", MutualTlsMode.Permissive)]
    [InlineData("mtls: disabled", MutualTlsMode.Disabled)]
    public void Mode_of_mutual_TLS_is_read(string policy, MutualTlsMode mode) => Assert.Equal(mode, Policy(policy).Mtls);

    [Fact]
    public void Custom_audit_and_blocks_of_addresses_are_read()
    {
        var authorization = Policy("""
            authorization:
              custom: [{}]
              customAllows: [{from: {notIpBlocks: 10.1.0.0/16, remoteIpBlocks: [203.0.113.0/24, "2001:db8::/32"]}}]
              audit: [{when: {key: remote.ip, values: 203.0.113.9}}]
            """).Authorization!;
        var source = authorization.CustomAllows![0].From[0];
        Assert.Equal((1, 1), (authorization.Custom!.Count, authorization.Audit!.Count));
        Assert.Equal(["10.1.0.0/16"], source.IpBlocks.Not);
        Assert.Equal(["203.0.113.0/24", "2001:db8::/32"], source.RemoteIpBlocks.Values);
    }

    [Theory]
    [InlineData("{name: reads, match: {from: front}}", "asks who calls ('from'), which the replica's sidecar does not know: this limit never holds.")]
    [InlineData("{name: reads, match: {path: /pay}, rewrite: {path: /refund}}", "rewrites the path, and the replica's sidecar looks for the route by the new one")]
    public void Limit_by_a_route_that_the_callee_cannot_see_is_told(string route, string warning) =>
        Assert.Contains(Reads.Warnings(Text($"{{rateLimit: {{per: [{{route: reads, rate: 5/s}}]}}, routes: [{route}]}}")), told => told.Contains(warning, StringComparison.Ordinal));

    [Fact]
    public void Jwt_rules_and_tokens_are_read()
    {
        var rule = Assert.Single(Policy("jwt: [{issuer: a, audiences: back, fromHeaders: [{name: x-t, prefix: T}], fromParams: [t], clockSkew: 5s}]").Jwt!);
        Assert.Equal(("a", TimeSpan.FromSeconds(5)), (rule.Issuer, rule.ClockSkew));
        Assert.Equal([new(TokenPlaceKind.Header, "x-t", "T"), new(TokenPlaceKind.Query, "t")], rule.From);

        var live = Policy("jwt: [{issuer: a, jwks: '{\"keys\": []}'}, {issuer: b, jwksUri: \"https://b.example/keys\"}]").Jwt!;
        Assert.Equal(("{\"keys\": []}", "https://b.example/keys"), (live[0].Jwks, live[1].JwksUri));

        var head = Reads.SmallWith("workload[0].mix=[{path: /home, authority: shop.example, port: 8080, query: {page: 1}, token: {issuer: a, subject: ann, audiences: [back], expires: 30s, claims: {groups: [x, y]}}}]")
            .World.Workloads[0].Mix[0].Head;
        Assert.Equal(("shop.example", 8080, "a/ann", 30 * TimeSpan.TicksPerSecond), (head.Authority, head.Port, head.Token!.Principal, head.Token.Expires));
        Assert.Equal([new("groups", "x"), new("groups", "y")], head.Token.Claims);
        Assert.Equal([new("page", "1")], head.Query);
    }

    private static PolicyConfig Policy(string policy) => Reads.Scenario(Text(policy)).World.Mesh.PolicyFor("back");

    private static string Text(string policy) => $"{Reads.Small}\nmesh:\n  services:\n    back:\n      {policy.ReplaceLineEndings("\n").Replace("\n", "\n      ")}\n";
}
