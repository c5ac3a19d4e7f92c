using System.Net;
using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security;
using Mesh.Runtime.Tests.Routing;

namespace Mesh.Runtime.Tests.Security;

public class AuthorizerTests
{
    private static readonly AuthorizationRule Everything = new();

    private static readonly AuthorizationRule Nothing = new() { To = [new() { Methods = new() { Values = ["NONE"] } }] };

    private static readonly JwtToken Token = new()
    {
        Issuer = "iss.example", Subject = "ann", Audiences = ["shop", "pay"], Claims = [new("groups", "admin"), new("groups", "staff"), new("realm.roles", "owner"), new("azp", "app")],
    };

    /// <summary>Istio's order and its empty rules: CUSTOM, DENY, ALLOW; a policy without rules matches nothing, an empty rule everything.</summary>
    public static TheoryData<string, AuthorizationConfig, int> Orders => new()
    {
        { "nothing said", new(), 0 },
        { "allow without rules refuses all", new() { Allow = [] }, 3 },
        { "allow everything", new() { Allow = [Everything] }, 0 },
        { "allow something else", new() { Allow = [Nothing] }, 3 },
        { "allow one of two", new() { Allow = [Nothing, Everything] }, 0 },
        { "deny without rules refuses nothing", new() { Deny = [] }, 0 },
        { "deny everything", new() { Deny = [Everything] }, 2 },
        { "deny beats allow", new() { Deny = [Everything], Allow = [Everything] }, 2 },
        { "deny something else", new() { Deny = [Nothing], Allow = [Everything] }, 0 },
        { "custom that nobody answers", new() { Custom = [Everything], Allow = [Everything] }, 1 },
        { "custom before deny", new() { Custom = [Everything], Deny = [Everything] }, 1 },
        { "custom without rules is not asked", new() { Custom = [] }, 0 },
        { "custom for something else", new() { Custom = [Nothing] }, 0 },
        { "audit refuses nothing", new() { Audit = [Everything] }, 0 },
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public void Actions_are_judged_in_order(string rule, AuthorizationConfig config, int verdict) =>
        Assert.True((AuthorizationVerdict)verdict == Authorizer.From(config)!.Decide(Request(), null), rule);

    [Fact]
    public void External_authorizer_decides_before_deny_and_allow_do()
    {
        Assert.Equal(AuthorizationVerdict.Allowed, Authorizer.From(new() { Custom = [Everything] })!.Decide(Request(), null, _ => true));
        Assert.Equal(AuthorizationVerdict.RefusedByCustom, Authorizer.From(new() { Custom = [Everything] })!.Decide(Request(), null, _ => false));
        Assert.Equal(AuthorizationVerdict.Denied, Authorizer.From(new() { Custom = [Everything], Deny = [Everything] })!.Decide(Request(), null, _ => true));
        Assert.Equal(AuthorizationVerdict.NotAllowed, Authorizer.From(new() { Custom = [Everything], Allow = [] })!.Decide(Request(), null, _ => true));
    }

    [Fact]
    public void Without_an_authorizer_to_ask_its_rules_stand_for_it()
    {
        Assert.Equal(AuthorizationVerdict.Allowed, Authorizer.From(new() { Custom = [Everything], CustomAllows = [Everything] })!.Decide(Request(), null));
        Assert.Equal(AuthorizationVerdict.RefusedByCustom, Authorizer.From(new() { Custom = [Everything], CustomAllows = [Nothing] })!.Decide(Request(), null));
        Assert.Equal(AuthorizationVerdict.RefusedByCustom, Authorizer.From(new() { Custom = [Everything], CustomAllows = [Everything] })!.Decide(Request(), null, _ => false));
    }

    /// <summary>The peer is 10.1.2.3; the client at the edge, where one is named, 203.0.113.9.</summary>
    [Theory]
    [InlineData("10.1.0.0/16", "", true)]
    [InlineData("10.1.2.3", "", true)]
    [InlineData("10.1.9.9/16", "", true)]      // what stands behind the prefix does not count
    [InlineData("10.2.0.0/16 10.1.2.0/24", "", true)]
    [InlineData("10.2.0.0/16", "", false)]
    [InlineData("2001:db8::/32", "", false)]
    [InlineData("", "10.1.0.0/16", false)]
    [InlineData("", "10.2.0.0/16", true)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", false)]
    public void Peer_s_address_is_looked_for_in_blocks(string values, string not, bool matches)
    {
        var blocks = new TextList { Values = values.Split(' ', StringSplitOptions.RemoveEmptyEntries), Not = not.Split(' ', StringSplitOptions.RemoveEmptyEntries) };
        var request = Request();
        request.PeerAddress = IPAddress.Parse("10.1.2.3");
        Assert.Equal(matches, Matches(new() { From = [new() { IpBlocks = blocks }] }, request));
        Assert.Equal(matches, Matches(new() { When = [new("source.ip", blocks)] }, request));
        Assert.Equal(matches, Matches(new() { From = [new() { RemoteIpBlocks = blocks }] }, request));      // nobody named another client
        request.PeerAddress = request.PeerAddress.MapToIPv6();
        Assert.Equal(matches, Matches(new() { From = [new() { IpBlocks = blocks }] }, request));
    }

    [Fact]
    public void Client_at_the_edge_counts_for_remote_blocks_where_it_is_named()
    {
        var request = Request();
        (request.PeerAddress, request.RemoteAddress) = (IPAddress.Parse("10.1.2.3"), IPAddress.Parse("203.0.113.9"));
        Assert.True(Matches(new() { From = [new() { RemoteIpBlocks = Is("203.0.113.0/24") }] }, request));
        Assert.True(Matches(new() { When = [new("remote.ip", Is("203.0.113.9"))] }, request));
        Assert.False(Matches(new() { From = [new() { IpBlocks = Is("203.0.113.0/24") }] }, request));
    }

    [Fact]
    public void Unknown_address_is_in_no_block()
    {
        Assert.False(Matches(new() { From = [new() { IpBlocks = Is("0.0.0.0/0") }] }, Request()));
        Assert.True(Matches(new() { From = [new() { IpBlocks = Not("0.0.0.0/0") }] }, Request()));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.1")]
    [InlineData("shop")]
    public void What_is_no_block_is_told(string text) => Assert.Contains($"'{text}' is neither an IP address nor a block", SourceMatch.ProblemOfBlock(text), StringComparison.Ordinal);

    private static bool Matches(AuthorizationRule rule, MeshRequest request) => Authorizer.From(new() { Allow = [rule] })!.Decide(request, null) == AuthorizationVerdict.Allowed;

    [Fact]
    public void Audit_is_noted() => Assert.True(Authorizer.From(new() { Audit = [Everything] })!.IsAudited(Request(), null));

    /// <summary>Sources: the request comes from spiffe://cluster.local/ns/sales/sa/shop.</summary>
    public static TheoryData<SourceMatch, bool> Sources => new()
    {
        { new(), true },
        { new() { Principals = Is("cluster.local/ns/sales/sa/shop") }, true },
        { new() { Principals = Is("cluster.local/ns/sales/*") }, true },
        { new() { Principals = Is("*/sa/shop") }, true },
        { new() { Principals = Is("*") }, true },
        { new() { Principals = Is("shop") }, true },
        { new() { Principals = Is("hop") }, false },
        { new() { Principals = Is("other", "shop") }, true },
        { new() { Principals = Is("spiffe://cluster.local/ns/sales/sa/shop") }, false },
        { new() { Principals = Not("shop") }, false },
        { new() { Principals = Not("cart") }, true },
        { new() { Namespaces = Is("sales") }, true },
        { new() { Namespaces = Is("sale") }, false },
        { new() { Namespaces = Is("sa*") }, true },
        { new() { Namespaces = Not("sales") }, false },
        { new() { TrustDomains = Is("cluster.local") }, true },
        { new() { TrustDomains = Not("*.local") }, false },
        { new() { Principals = Is("shop"), Namespaces = Is("default") }, false },
        { new() { RequestPrincipals = Is("iss.example/ann") }, true },
        { new() { RequestPrincipals = Is("iss.example/*") }, true },
        { new() { RequestPrincipals = Is("*") }, true },
        { new() { RequestPrincipals = Not("*") }, false },
        { new() { RequestPrincipals = Is("iss.example/bob") }, false },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void Source_must_match_in_all_it_names(SourceMatch source, bool matches) => Check(new() { From = [source] }, matches);

    [Fact]
    public void Caller_without_an_identity_matches_no_principal_and_every_not()
    {
        var request = Request();
        request.CallerIdentity = "";
        Assert.False(Matches(new() { From = [new() { Principals = Is("*") }] }, request, null));
        Assert.True(Matches(new() { From = [new() { Principals = Not("*") }] }, request, null));
        Assert.True(Matches(new() { From = [new() { Namespaces = Not("sales") }] }, request, null));
    }

    [Fact]
    public void Token_that_was_not_found_valid_is_no_token()
    {
        Assert.False(Matches(new() { From = [new() { RequestPrincipals = Is("*") }] }, Request(), null));
        Assert.True(Matches(new() { From = [new() { RequestPrincipals = Not("*") }] }, Request(), null));
    }

    /// <summary>Operations: the request is GET shop.example:80/users/7/cart.</summary>
    public static TheoryData<OperationMatch, bool> Operations => new()
    {
        { new() { Methods = Is("GET", "HEAD") }, true },
        { new() { Methods = Is("get") }, false },
        { new() { Methods = Not("GET") }, false },
        { new() { Paths = Is("/users/7/cart") }, true },
        { new() { Paths = Is("/users/*") }, true },
        { new() { Paths = Is("*/cart") }, true },
        { new() { Paths = Is("/users") }, false },
        { new() { Paths = Is("/users/{*}/cart") }, true },
        { new() { Paths = Is("/users/{*}") }, false },
        { new() { Paths = Is("/{**}") }, true },
        { new() { Paths = Not("/users/{**}") }, false },
        { new() { Paths = Not("/admin*") }, true },
        { new() { Hosts = Is("SHOP.example") }, true },
        { new() { Hosts = Is("*.example") }, true },
        { new() { Hosts = Not("*.example") }, false },
        { new() { Ports = Is("80") }, true },
        { new() { Ports = Is("8080") }, false },
        { new() { Ports = Not("80") }, false },
        { new() { Methods = Is("GET"), Paths = Is("/admin") }, false },
        { new() { Methods = Is("GET"), Paths = Is("/users/*") }, true },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_must_match_in_all_it_names(OperationMatch operation, bool matches) => Check(new() { To = [operation] }, matches);

    public static TheoryData<string, TextList, bool> Conditions => new()
    {
        { "request.headers[x-tier]", Is("gold", "silver"), true },
        { "request.headers[X-Tier]", Is("gold"), true },
        { "request.headers[x-tier]", Is("free"), false },
        { "request.headers[x-tier]", Not("gold"), false },
        { "request.headers[x-none]", Is("*"), false },
        { "request.headers[x-none]", Not("gold"), true },
        { "source.namespace", Is("sales"), true },
        { "source.principal", Is("*/sa/shop"), true },
        { "request.auth.principal", Is("iss.example/ann"), true },
        { "request.auth.audiences", Is("pay"), true },
        { "request.auth.audiences", Is("cart"), false },
        { "request.auth.audiences", Not("pay"), false },
        { "request.auth.presenter", Is("app"), true },
        { "request.auth.claims[groups]", Is("staff"), true },
        { "request.auth.claims[groups]", Is("guest"), false },
        { "request.auth.claims[groups]", Not("admin"), false },
        { "request.auth.claims[realm][roles]", Is("owner"), true },
        { "request.auth.claims[none]", Is("*"), false },
        { "destination.port", Is("80"), true },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Condition_asks_for_an_attribute(string key, TextList values, bool matches) => Check(new() { When = [new(key, values)] }, matches);

    [Theory]
    [InlineData("request.headers")]
    [InlineData("request.headers[]")]
    [InlineData("request.heders[x]")]
    [InlineData("source.port")]
    public void Unknown_attribute_is_told(string key) => Assert.False(new ConditionMatch(key, new()).IsKnown);

    [Fact]
    public void Sources_and_operations_are_alternatives_and_conditions_are_not()
    {
        var shop = new SourceMatch { Principals = Is("shop") };
        var cart = new SourceMatch { Principals = Is("cart") };
        var get = new OperationMatch { Methods = Is("GET") };
        var post = new OperationMatch { Methods = Is("POST") };
        var gold = new ConditionMatch("request.headers[x-tier]", Is("gold"));
        var free = new ConditionMatch("request.headers[x-tier]", Is("free"));
        Check(new() { From = [cart, shop], To = [post, get], When = [gold] }, true);
        Check(new() { From = [cart], To = [post, get] }, false);
        Check(new() { From = [shop], To = [post] }, false);
        Check(new() { From = [shop], To = [get], When = [gold, free] }, false);
    }

    [Fact]
    public void Deny_beats_allow_and_a_request_passes_only_where_something_allows_it()
    {
        var rule = Gen.Select(Gen.Bool, Requests.AnyOf("shop", "cart", "*"), (method, principal) => new AuthorizationRule
        {
            From = [new() { Principals = Is(principal) }], To = method ? [new() { Methods = Is("POST") }] : [],
        });
        var rules = Gen.OneOf(Gen.Const((AuthorizationRule[]?)null), rule.Array[0, 3].Select(all => (AuthorizationRule[]?)all));
        Gen.Select(rules, rules, Gen.Bool).Sample((deny, allow, post) =>
        {
            var request = Request();
            if (post) request.Method = "POST";
            bool denied = deny?.Any(one => Matches(one, request, null)) ?? false;
            bool allowed = allow?.Any(one => Matches(one, request, null)) ?? true;
            var expected = denied ? AuthorizationVerdict.Denied : allowed ? AuthorizationVerdict.Allowed : AuthorizationVerdict.NotAllowed;
            Assert.Equal(expected, Authorizer.From(new() { Deny = deny, Allow = allow })!.Decide(request, null));
        });
    }

    [Fact]
    public void Decision_allocates_nothing()
    {
        var authorizer = Authorizer.From(new()
        {
            Deny = [new() { From = [new() { Namespaces = Is("bad*") }], When = [new("request.auth.claims[groups]", Is("guest"))] }],
            Allow = [new() { From = [new() { Principals = Is("shop") }], To = [new() { Paths = Is("/users/{*}/cart"), Ports = Is("80") }] }],
        })!;
        var request = Request();
        for (int i = 0; i < 100; i++) authorizer.Decide(request, Token);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) authorizer.Decide(request, Token);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static TextList Is(params string[] values) => new() { Values = values };

    private static TextList Not(params string[] values) => new() { Not = values };

    private static MeshRequest Request()
    {
        var request = Requests.Get("/users/7/cart").With(authority: "shop.example", headers: "x-tier=gold");
        request.CallerIdentity = "spiffe://cluster.local/ns/sales/sa/shop";
        return request;
    }

    private static bool Matches(AuthorizationRule rule, MeshRequest request, JwtToken? token) =>
        Authorizer.From(new() { Allow = [rule] })!.Decide(request, token) == AuthorizationVerdict.Allowed;

    private static void Check(AuthorizationRule rule, bool matches) => Assert.Equal(matches, Matches(rule, Request(), Token));
}
