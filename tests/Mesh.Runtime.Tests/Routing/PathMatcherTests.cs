using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.Routing;

public class PathMatcherTests
{
    /// <summary>Gateway API: prefixes go by path element, a slash at the end of one means nothing, case counts.</summary>
    [Theory]
    [InlineData("/v2", "/v2", true)]
    [InlineData("/v2", "/v2/", true)]
    [InlineData("/v2", "/v2/example", true)]
    [InlineData("/v2", "/v2example", false)]
    [InlineData("/v2/", "/v2", true)]
    [InlineData("/v2/", "/v2/example", true)]
    [InlineData("/v2", "/V2", false)]
    [InlineData("/", "/anything/at/all", true)]
    [InlineData("/aaa/bb", "/aaa/bbb", false)]
    [InlineData("/aaa/bbb", "/aaa/bbb/ccc", true)]
    [InlineData("/aaa/bbb", "/aaa", false)]
    public void Prefix_goes_by_element(string prefix, string path, bool matches) => Assert.Equal(matches, Matches(PathMatchKind.Prefix, prefix, path));

    [Theory]
    [InlineData("/cart", "/cart", true)]
    [InlineData("/cart", "/cart/", false)]
    [InlineData("/cart", "/Cart", false)]
    public void Exact_path_is_equal_to_the_letter(string exact, string path, bool matches) => Assert.Equal(matches, Matches(PathMatchKind.Exact, exact, path));

    [Theory]
    [InlineData("/a|/b", "/a", true)]
    [InlineData("/a|/b", "/b", true)]
    [InlineData("/a|/b", "/ab", false)]
    [InlineData("/user/[0-9]+", "/user/12", true)]
    [InlineData("/user/[0-9]+", "/user/12/cart", false)]
    [InlineData("user", "/user", false)]
    public void Expression_matches_the_whole_path(string pattern, string path, bool matches) => Assert.Equal(matches, Matches(PathMatchKind.Regex, pattern, path));

    /// <summary>The examples of Istio's documentation of path templates, and the edges of each operator.</summary>
    [Theory]
    [InlineData("/foo/{*}", "/foo/bar", true)]
    [InlineData("/foo/{*}", "/foo/bar/baz", false)]
    [InlineData("/foo/{*}", "/foo/", false)]
    [InlineData("/foo/{*}", "/foo", false)]
    [InlineData("/foo/{**}/", "/foo/bar/", true)]
    [InlineData("/foo/{**}/", "/foo/bar/baz.txt/", true)]
    [InlineData("/foo/{**}/", "/foo//", true)]
    [InlineData("/foo/{**}/", "/foo/bar", false)]
    [InlineData("/foo/{*}/bar/{**}", "/foo/buzz/bar/", true)]
    [InlineData("/foo/{*}/bar/{**}", "/foo/buzz/bar/baz", true)]
    [InlineData("/foo/{*}/bar/{**}", "/foo/buzz/bar", false)]
    [InlineData("/foo/{**}", "/foo", false)]
    [InlineData("/foo/{**}", "/foo/a/b/c", true)]
    [InlineData("/{**}/baz", "/foo/bar/baz", true)]
    [InlineData("/{**}/baz", "/baz", false)]
    [InlineData("/users/{id}/cart", "/users/7/cart", true)]
    [InlineData("/users/{id}/cart", "/users/7/orders", false)]
    [InlineData("/users/{id}/cart", "/users//cart", false)]
    [InlineData("/plain", "/plain", true)]
    [InlineData("/plain", "/plain/", false)]
    public void Template_names_elements(string template, string path, bool matches) => Assert.Equal(matches, Matches(PathMatchKind.Template, template, path));

    [Theory]
    [InlineData(PathMatchKind.Template, "/a/{**}/b/{**}")]
    [InlineData(PathMatchKind.Template, "/a/{*}.txt")]
    [InlineData(PathMatchKind.Template, "/a/{id")]
    [InlineData(PathMatchKind.Template, "a/{*}")]
    [InlineData(PathMatchKind.Regex, "(a")]
    [InlineData(PathMatchKind.Regex, @"(a)\1")]
    [InlineData(PathMatchKind.Regex, "a)(b")]
    [InlineData(PathMatchKind.Prefix, "cart")]
    public void Wrong_path_is_told(PathMatchKind kind, string value) => Assert.NotNull(new PathMatch(kind, value).Problem());

    [Theory]
    [InlineData(PathMatchKind.Template, "/a/{**}/b/{name}")]
    [InlineData(PathMatchKind.Regex, "/a(b|c)+")]
    [InlineData(PathMatchKind.Prefix, "/")]
    public void Right_path_has_no_problem(PathMatchKind kind, string value) => Assert.Null(new PathMatch(kind, value).Problem());

    private static bool Matches(PathMatchKind kind, string value, string path) => new PathMatcher(new PathMatch(kind, value)).Matches(path);
}
