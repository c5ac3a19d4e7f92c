using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.Routing;

public class RouteActionTests
{
    /// <summary>Gateway API's table of ReplacePrefixMatch.</summary>
    [Theory]
    [InlineData("/foo/bar", "/foo", "/xyz", "/xyz/bar")]
    [InlineData("/foo/bar", "/foo", "/xyz/", "/xyz/bar")]
    [InlineData("/foo/bar", "/foo/", "/xyz", "/xyz/bar")]
    [InlineData("/foo/bar", "/foo/", "/xyz/", "/xyz/bar")]
    [InlineData("/foo", "/foo", "/xyz", "/xyz")]
    [InlineData("/foo/", "/foo", "/xyz", "/xyz/")]
    [InlineData("/foo/bar", "/foo", "", "/bar")]
    [InlineData("/foo/", "/foo", "", "/")]
    [InlineData("/foo", "/foo", "", "/")]
    [InlineData("/foo/", "/foo", "/", "/")]
    [InlineData("/foo", "/foo", "/", "/")]
    public void New_prefix_takes_the_matched_one_s_place(string path, string matched, string prefix, string expected)
    {
        var route = Route(new RouteConfig { Match = [new() { Path = new(PathMatchKind.Prefix, matched) }], Rewrite = new() { Prefix = prefix } }, path);
        Assert.Equal(expected, PathRewrite.Of(path, route.Rewrite!, route.MatchedPrefix));
    }

    [Fact]
    public void Route_without_a_path_matches_the_root_s_prefix() =>
        Assert.Equal("/v2/cart", PathRewrite.Of("/cart", new RewriteConfig { Prefix = "/v2" }, Route(new RouteConfig(), "/cart").MatchedPrefix));

    [Fact]
    public void New_path_is_taken_whole() => Assert.Equal("/new", PathRewrite.Of("/foo/bar", new RewriteConfig { Path = "/new" }, "/foo"));

    [Theory]
    [InlineData(null, null, null, "http://shop/foo/bar")]
    [InlineData("other.example", null, null, "http://other.example/foo/bar")]
    [InlineData(null, "/new", null, "http://shop/new")]
    [InlineData(null, null, "/v2", "http://shop/v2/bar")]
    public void Redirect_changes_what_it_names(string? authority, string? path, string? prefix, string location)
    {
        var route = Route(new RouteConfig { Match = [new() { Path = new(PathMatchKind.Prefix, "/foo") }], Redirect = new() { Authority = authority, Path = path, Prefix = prefix } }, "/foo/bar");
        Assert.Equal(location, route.Location(Requests.Get("/foo/bar")));
    }

    [Fact]
    public void Headers_are_removed_then_set_then_added()
    {
        var edits = new HeaderEditsConfig { Remove = ["X-Debug", "x-add"], Set = [new("x-tier", "gold")], Add = [new("x-add", "2"), new("x-debug", "new")] };
        var edited = HeaderEdits.Apply(edits, Requests.Fields("x-debug=1 X-Tier=free x-tier=none x-keep=1 x-add=1"));
        Assert.Equal(Requests.Fields("x-keep=1 x-tier=gold x-add=2 x-debug=new"), edited);
    }

    [Fact]
    public void Edits_that_change_nothing_are_none() => Assert.Null(Route(new RouteConfig(), "/").RequestHeaders);

    [Fact]
    public void Mirror_takes_its_share_by_draws_of_its_own()
    {
        var (random, none, some, all) = (new KeyedRandom(1), Mirror(0), Mirror(0.1), Mirror(1));
        int copies = Enumerable.Range(0, 20_000).Count(key => some.Mirrors(random, Requests.Get("/", (ulong)key)));
        Assert.InRange(copies, 2000 - 4 * 42, 2000 + 4 * 42);   // four standard deviations
        Assert.Null(none.Mirror);
        Assert.False(none.Mirrors(random, Requests.Get("/")));
        Assert.True(all.Mirrors(random, Requests.Get("/")));
    }

    private static RouteModel Mirror(double percent) => Route(new RouteConfig { Policy = new() { Mirror = new() { To = "shadow", Percent = percent } } }, "/");

    private static RouteModel Route(RouteConfig route, string path) => RouteTable.From(new PolicyConfig { Routes = [route] }).Match(Requests.Get(path));
}
