using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.Routing;

public class RouteTableTests
{
    private static readonly CallerInfo Shop = new() { Service = "shop", Namespace = "sales", Labels = [new("tier", "gold"), new("zone", "a")] };

    /// <summary>Gateway API's order of precedence: of two routes that both match, the better one wins wherever it stands in the file.</summary>
    public static TheoryData<string, RouteMatchConfig, RouteMatchConfig> Precedence => new()
    {
        { "exact path over prefix", new() { Path = new(PathMatchKind.Exact, "/a/b") }, new() { Path = new(PathMatchKind.Prefix, "/a/b"), Method = "GET", Headers = [Header("x")] } },
        { "longer prefix", new() { Path = new(PathMatchKind.Prefix, "/a/b") }, new() { Path = new(PathMatchKind.Prefix, "/a"), Method = "GET" } },
        { "longer prefix over the root", new() { Path = new(PathMatchKind.Prefix, "/a") }, new() { Path = new(PathMatchKind.Prefix, "/"), Headers = [Header("x"), Header("y")] } },
        { "expression over prefix (Envoy Gateway)", new() { Path = new(PathMatchKind.Regex, "/a/.") }, new() { Path = new(PathMatchKind.Prefix, "/a/b") } },
        { "exact path over expression", new() { Path = new(PathMatchKind.Exact, "/a/b") }, new() { Path = new(PathMatchKind.Regex, "/a/b|/a/c|/a/d") } },
        { "template over expression", new() { Path = new(PathMatchKind.Template, "/a/{*}") }, new() { Path = new(PathMatchKind.Regex, "/a/b|/a/c|/a/d") } },
        { "method over headers", new() { Method = "GET" }, new() { Headers = [Header("x"), Header("y")] } },
        { "more headers", new() { Headers = [Header("x"), Header("y")] }, new() { Headers = [Header("x")], Query = [Parameter("p"), Parameter("q")] } },
        { "more query parameters", new() { Query = [Parameter("p"), Parameter("q")] }, new() { Query = [Parameter("p")] } },
        { "a prefix over none", new() { Path = new(PathMatchKind.Prefix, "/") }, new() },
        { "an authority over a path", new() { Authority = new(TextMatchKind.Exact, "shop.example") }, new() { Path = new(PathMatchKind.Exact, "/a/b") } },
        { "an exact authority over a longer suffix", new() { Authority = new(TextMatchKind.Exact, "shop.example") }, new() { Authority = new(TextMatchKind.Suffix, "hop.example") } },
        { "a named caller over anybody", new() { FromService = "shop" }, new() },
        { "query over caller", new() { Query = [Parameter("p")] }, new() { FromService = "shop", FromNamespace = "sales" } },
    };

    [Theory]
    [MemberData(nameof(Precedence))]
    public void Better_match_wins_wherever_it_stands(string rule, RouteMatchConfig better, RouteMatchConfig worse)
    {
        var request = Requests.Get("/a/b").With(authority: "shop.example", headers: "x=1 y=1", query: "p=1 q=1", caller: Shop);
        Assert.True(Table(Route("better", better), Route("worse", worse)).Match(request).Name == "better", rule);
        Assert.True(Table(Route("worse", worse), Route("better", better)).Match(request).Name == "better", rule);
        Assert.Equal("worse", Table(Route("worse", worse)).Match(request).Name);
    }

    [Fact]
    public void File_s_order_decides_between_equals() =>
        Assert.Equal("first", Table(Route("first", new RouteMatchConfig { Method = "GET" }), Route("second", new RouteMatchConfig { Method = "GET" })).Match(Requests.Get("/")).Name);

    [Fact]
    public void Each_of_a_route_s_matches_has_a_place_of_its_own()
    {
        var table = Table(Route("both", new RouteMatchConfig { Path = new(PathMatchKind.Prefix, "/") }, new() { Path = new(PathMatchKind.Exact, "/a/b") }), Route("middle", new RouteMatchConfig { Path = new(PathMatchKind.Prefix, "/a") }));
        Assert.Equal("both", table.Match(Requests.Get("/a/b")).Name);
        Assert.Equal("middle", table.Match(Requests.Get("/a/c")).Name);
        Assert.Equal("both", table.Match(Requests.Get("/c")).Name);
    }

    public static TheoryData<RouteMatchConfig, bool> Conditions => new()
    {
        { new() { Method = "GET" }, true },
        { new() { Method = "get" }, false },
        { new() { Headers = [new("X-Tier", new(TextMatchKind.Exact, "gold"))] }, true },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Exact, "Gold"))] }, false },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Prefix, "go"))] }, true },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Suffix, "ld"))] }, true },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Regex, "gol"))] }, false },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Regex, "g.*"))] }, true },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Present))] }, true },
        { new() { Headers = [new("x-tier", new(TextMatchKind.Absent))] }, false },
        { new() { Headers = [new("x-none", new(TextMatchKind.Present))] }, false },
        { new() { Headers = [new("x-none", new(TextMatchKind.Absent))] }, true },
        { new() { Headers = [new("x-twice", new(TextMatchKind.Exact, "one"))] }, true },
        { new() { Headers = [new("x-twice", new(TextMatchKind.Exact, "two"))] }, false },
        { new() { Query = [new("page", new(TextMatchKind.Exact, "1"))] }, true },
        { new() { Query = [new("Page", new(TextMatchKind.Exact, "1"))] }, false },
        { new() { Authority = new(TextMatchKind.Exact, "SHOP") }, true },   // the service's name where no authority is given
        { new() { Authority = new(TextMatchKind.Exact, "cart") }, false },
        { new() { FromService = "shop" }, true },
        { new() { FromService = "cart" }, false },
        { new() { FromNamespace = "sales" }, true },
        { new() { FromNamespace = "default" }, false },
        { new() { FromLabels = [new("tier", "gold"), new("zone", "a")] }, true },
        { new() { FromLabels = [new("tier", "gold"), new("zone", "b")] }, false },
        { new() { FromLabels = [new("colour", "red")] }, false },
        { new() { Method = "GET", FromService = "cart" }, false },
    };

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Everything_that_a_match_says_must_hold(RouteMatchConfig match, bool matches)
    {
        var request = Requests.Get("/").With(headers: "x-tier=gold x-twice=one x-twice=two", query: "page=1", caller: Shop);
        Assert.Equal(matches ? "it" : "", Table(Route("it", match)).Match(request).Name);
    }

    [Fact]
    public void Route_s_policy_stands_over_the_service_s()
    {
        var table = RouteTable.From(new PolicyConfig
        {
            Timeout = TimeSpan.FromSeconds(2),
            PerTryTimeout = TimeSpan.FromSeconds(1),
            Routes = [new RouteConfig { Name = "fast", Match = [new() { Path = new(PathMatchKind.Exact, "/fast") }], Policy = new() { Timeout = TimeSpan.FromSeconds(0.5) } }],
        });
        var (fast, rest) = (table.Match(Requests.Get("/fast")).Policy, table.Match(Requests.Get("/slow")).Policy);
        Assert.Equal((5_000_000L, 10_000_000L), (fast.Timeout, fast.PerTryTimeout));
        Assert.Equal((20_000_000L, 10_000_000L), (rest.Timeout, rest.PerTryTimeout));
    }

    [Fact]
    public void Every_request_has_the_first_route_in_order_that_matches_and_the_rest_otherwise()
    {
        var path = Requests.AnyOf("/", "/a", "/a/b", "/ab");
        var match = Gen.Select(Gen.Enum<PathMatchKind>(), path, Requests.AnyOf<string?>(null, "GET", "POST"), Gen.Bool, (kind, value, method, header) => new RouteMatchConfig
        {
            Path = new PathMatch(kind, value), Method = method, Headers = header ? [Header("x")] : [],
        });
        Gen.Select(match.Array[0, 6], path, Requests.AnyOf("GET", "POST"), Gen.Bool).Sample((matches, asked, method, header) =>
        {
            var request = Requests.Get(asked).With(method, headers: header ? "x=1" : "");
            var matchers = matches.Select(one => new RequestMatcher(one)).ToList();
            int best = Enumerable.Range(0, matches.Length).Where(i => matchers[i].Matches(request)).OrderBy(i => matchers[i].Precedence).FirstOrDefault(-1);
            var found = Table([.. matches.Select((one, i) => Route($"{i}", one))]).Match(request);
            Assert.Equal(best < 0 ? "" : $"{best}", found.Name);
        });
    }

    [Fact]
    public void Match_allocates_nothing()
    {
        var table = Table(
            Route("regex", new RouteMatchConfig { Path = new(PathMatchKind.Regex, "/x/[0-9]+") }),
            Route("template", new RouteMatchConfig { Path = new(PathMatchKind.Template, "/users/{id}/{**}") }),
            Route("query", new RouteMatchConfig { Query = [Parameter("p")] }));
        var request = Requests.Get("/users/7/cart/1").With(query: "q=1");
        for (int i = 0; i < 100; i++) table.Match(request);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) table.Match(request);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static KeyValuePair<string, TextMatch> Header(string name) => new(name, new TextMatch(TextMatchKind.Present));

    private static KeyValuePair<string, TextMatch> Parameter(string name) => new(name, new TextMatch(TextMatchKind.Exact, "1"));

    private static RouteConfig Route(string name, params RouteMatchConfig[] matches) => new() { Name = name, Match = matches };

    private static RouteTable Table(params RouteConfig[] routes) => RouteTable.From(new PolicyConfig { Routes = routes });
}
