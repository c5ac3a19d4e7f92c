using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.RateLimiting;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.RateLimiting;

public class RateLimiterTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly TokenBucketConfig Five = new() { Rate = 1, Burst = 5 };
    private static readonly TokenBucketConfig Two = new() { Rate = 0.5, Burst = 2 };

    private static MeshRequest Request(string path = "/", string caller = "web", string? client = null, string method = "GET") => new()
    {
        Class = new RequestClass(0, 0, "cart", path),
        CallerIdentity = $"spiffe://cluster.local/ns/default/sa/{caller}",
        Method = method,
        Headers = client is null ? [] : [new("X-Client", client)],
    };

    [Fact]
    public void Global_limit_that_nobody_counts_is_shared() =>
        Assert.Equal(4, Allowed(new RateLimiter(new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 20, Burst = 20 }, Global = true }, 0), Request(), members: 5));

    [Fact]
    public void Tokens_taken_by_what_a_request_uses_are_those_that_it_would_take_itself()
    {
        var config = new RateLimitConfig { Bucket = Five, AlwaysConsumeDefault = false, Per = [new() { Header = "x-client", Bucket = Five }, new() { Path = "/pay", Method = "POST", Caller = "*", Bucket = Two }] };
        var (decides, takes) = (new RateLimiter(config, 0), new RateLimiter(config, 0));
        var draws = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            var request = Request(draws.Next(2) == 0 ? "/pay" : "/", $"c{draws.Next(3)}", draws.Next(3) is > 0 and var client ? $"x{client}" : null, draws.Next(2) == 0 ? "POST" : "GET");
            long now = i * Second / 4;
            Assert.Equal(decides.Decide(request, null, 1, now), takes.Take(takes.UsesOf(request, null), now));
        }
    }

    private static RateLimiter Limiter(params RateLimitDescriptorConfig[] per) => new(new RateLimitConfig { Per = per }, 0);

    private static int Allowed(RateLimiter limiter, MeshRequest request, int of = 20, int members = 1, long now = 0) =>
        Enumerable.Range(0, of).Count(_ => limiter.Decide(request, null, members, now).Allowed);

    [Theory]
    [InlineData(true, 2, 3)]
    [InlineData(false, 2, 5)]
    public void Default_bucket_is_asked_after_a_descriptor_unless_it_is_to_be_left_alone(bool always, int pay, int cart)
    {
        var limiter = new RateLimiter(new RateLimitConfig { Bucket = Five, Per = [new() { Path = "/pay", Bucket = Two }], AlwaysConsumeDefault = always }, 0);
        Assert.Equal(pay, Allowed(limiter, Request("/pay")));
        Assert.Equal(cart, Allowed(limiter, Request("/cart")));
    }

    /// <summary>The routes of a service that limits by route: gold by a header, and the rest of /pay.</summary>
    private static readonly RouteTable Routes = RouteTable.From(new PolicyConfig
    {
        Routes =
        [
            new() { Name = "gold", Match = [new() { Headers = [new("x-client", new TextMatch(TextMatchKind.Exact, "gold"))] }] },
            new() { Name = "pay", Match = [new() { Path = new(PathMatchKind.Prefix, "/pay") }] },
        ],
    });

    private static int AllowedOn(RateLimiter limiter, MeshRequest request) => Enumerable.Range(0, 20).Count(_ => limiter.Decide(request, Routes, 1, 0).Allowed);

    [Fact]
    public void Named_route_has_a_bucket_of_its_own()
    {
        var limiter = Limiter(new RateLimitDescriptorConfig { Route = "pay", Bucket = Two });
        Assert.Equal(2, AllowedOn(limiter, Request("/pay/now")));
        Assert.Equal(20, AllowedOn(limiter, Request("/pay", client: "other")) + AllowedOn(limiter, Request("/cart")));   // the other client shares the route's bucket
        Assert.Equal(20, AllowedOn(limiter, Request("/cart", client: "gold")));
    }

    [Fact]
    public void Star_gives_each_named_route_a_bucket_and_none_to_the_rest()
    {
        var limiter = Limiter(new RateLimitDescriptorConfig { Route = "*", Bucket = Two });
        Assert.Equal([2, 2, 20], new[] { Request("/pay"), Request("/cart", client: "gold"), Request("/cart") }.Select(request => AllowedOn(limiter, request)));
    }

    [Fact]
    public void Without_a_default_bucket_what_no_descriptor_matches_passes() =>
        Assert.Equal(20, Allowed(Limiter(new RateLimitDescriptorConfig { Path = "/pay", Bucket = Two }), Request("/cart")));

    /// <summary>As Envoy: sorted by rate, so what the slow one refuses costs the fast one nothing.</summary>
    [Fact]
    public void Slowest_descriptor_is_asked_first()
    {
        var limiter = Limiter(new() { Caller = "web", Bucket = Five }, new() { Path = "/pay", Bucket = Two });
        Assert.Equal(2, Allowed(limiter, Request("/pay")));
        Assert.Equal(3, Allowed(limiter, Request("/cart")));
    }

    [Theory]
    [InlineData("/pay", "web", "GET", true)]
    [InlineData("/pay/x", "web", "GET", false)]
    [InlineData("/pay", "web", "POST", false)]
    [InlineData("/pay", "www", "GET", false)]
    public void All_that_a_descriptor_says_must_match(string path, string caller, string method, bool matches) =>
        Assert.Equal(matches ? 2 : 20, Allowed(Limiter(new RateLimitDescriptorConfig { Path = "/pay", Method = "GET", Caller = "web", Bucket = Two }), Request(path, caller, method: method)));

    [Theory]
    [InlineData("spiffe://cluster.local/ns/default/sa/web", 2)]
    [InlineData("web", 2)]
    [InlineData("eb", 20)]
    public void Caller_is_named_by_its_account_or_its_whole_identity(string caller, int allowed) =>
        Assert.Equal(allowed, Allowed(Limiter(new RateLimitDescriptorConfig { Caller = caller, Bucket = Two }), Request()));

    [Fact]
    public void Each_value_has_a_bucket_where_a_star_stands()
    {
        var limiter = Limiter(new RateLimitDescriptorConfig { Header = "x-client", Bucket = Two });
        Assert.Equal(2, Allowed(limiter, Request(client: "a")));
        Assert.Equal(2, Allowed(limiter, Request(client: "b")));
        Assert.Equal(0, Allowed(limiter, Request(client: "a")));
        Assert.Equal(20, Allowed(limiter, Request()));
    }

    [Fact]
    public void Value_longest_unused_is_forgotten_beyond_the_bound()
    {
        var limiter = new RateLimiter(new RateLimitConfig { Per = [new() { Header = "x-client", Bucket = Two }], MaxDynamicDescriptors = 3 }, 0);
        foreach (string client in (string[])["a", "b", "c"]) Assert.Equal(2, Allowed(limiter, Request(client: client)));
        Assert.Equal(0, Allowed(limiter, Request(client: "a")));   // used last now
        Assert.Equal(2, Allowed(limiter, Request(client: "d")));   // b goes
        Assert.Equal(0, Allowed(limiter, Request(client: "a")));
        Assert.Equal(0, Allowed(limiter, Request(client: "c")));
        Assert.Equal(2, Allowed(limiter, Request(client: "b")));   // anew
    }

    /// <summary>Envoy divides by the number of members: a request costs as many tokens.</summary>
    [Theory]
    [InlineData(1, 20)]
    [InlineData(4, 5)]
    [InlineData(20, 1)]
    [InlineData(21, 0)]
    public void Shared_limit_is_divided_by_the_members(int members, int allowed)
    {
        var limiter = new RateLimiter(new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 20, Burst = 20 }, Shared = true }, 0);
        Assert.Equal(allowed, Allowed(limiter, Request(), 50, members));
        Assert.Equal(allowed, Allowed(limiter, Request(), 50, members, Second));
    }

    [Fact]
    public void Refusal_says_when_a_token_is_there()
    {
        var limiter = new RateLimiter(new RateLimitConfig { Bucket = Five }, 0);
        Allowed(limiter, Request(), 5);
        Assert.Equal(new RateLimitDecision(false, Second), limiter.Decide(Request(), null, 1, 0));
        Assert.Equal(new RateLimitDecision(false, Second / 4), limiter.Decide(Request(), null, 1, Second * 3 / 4));
        Assert.True(limiter.Decide(Request(), null, 1, Second).Allowed);
    }

    [Fact]
    public void Decision_allocates_nothing()
    {
        var limiter = new RateLimiter(new RateLimitConfig { Bucket = Five, Per = [new() { Header = "x-client", Caller = "*", Bucket = Two }, new() { Path = "/pay", Bucket = Two }] }, 0);
        MeshRequest[] requests = [.. Enumerable.Range(0, 50).Select(i => Request(client: i.ToString(CultureInfo.InvariantCulture)))];
        foreach (var request in requests) limiter.Decide(request, null, 1, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) limiter.Decide(requests[i % 50], null, 1, i);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
