using System.IO.Hashing;
using System.Text;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class AffinityHashTests
{
    private static readonly MeshRequest Request = new()
    {
        Class = new RequestClass(0, 0, "s", "/"),
        Headers = [new("X-User", "ann"), new("Cookie", "theme=dark; session=abc=1 ;empty=")],
        Query = [new("page", "2"), new("user", "bob")],
    };

    private static ulong? Of(AffinitySource by, string name = "") => AffinityHash.Of(new AffinityConfig { By = by, Name = name }, Request, 7);

    private static ulong Hash(string text) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData(AffinitySource.Header, "x-user", "ann")]
    [InlineData(AffinitySource.Cookie, "session", "abc=1")]
    [InlineData(AffinitySource.Cookie, "theme", "dark")]
    [InlineData(AffinitySource.Query, "user", "bob")]
    public void Hash_is_that_of_the_value(AffinitySource by, string name, string value) => Assert.Equal(Hash(value), Of(by, name));

    [Theory]
    [InlineData(AffinitySource.Header, "x-other")]
    [InlineData(AffinitySource.Cookie, "sess")]
    [InlineData(AffinitySource.Cookie, "empty")]
    [InlineData(AffinitySource.Query, "User")]
    public void Request_without_it_has_no_hash(AffinitySource by, string name) => Assert.Null(Of(by, name));

    [Fact]
    public void Source_is_the_calling_proxy()
    {
        var source = new AffinityConfig { By = AffinitySource.Source };
        Assert.Equal(AffinityHash.Of(source, Request, 7), AffinityHash.Of(source, new MeshRequest { Class = Request.Class }, 7));
        Assert.NotEqual(AffinityHash.Of(source, Request, 7), AffinityHash.Of(source, Request, 8));
    }

    [Fact]
    public void Long_value_is_hashed_whole()
    {
        string value = new('é', 5000);
        var request = new MeshRequest { Class = Request.Class, Headers = [new("x-user", value)] };
        Assert.Equal(Hash(value), AffinityHash.Of(new AffinityConfig { Name = "x-user" }, request, 0));
    }

    [Fact]
    public void Nothing_to_hash_by_is_no_hash() => Assert.Null(AffinityHash.Of(null, Request, 7));
}
