using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.Tests.RateLimiting;

/// <summary>The semantics of envoyproxy/ratelimit's configuration and fixed windows.</summary>
public class GlobalRateLimitTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly DescriptorEntry Pay = new("path", "/pay");

    private readonly GlobalRateLimit _limit = new(new GlobalRateLimitConfig
    {
        Domain = "shop",
        Descriptors =
        [
            new() { Key = "path", Value = "/pay", Limit = new(2, RateLimitUnit.Second) },
            new() { Key = "path", Limit = new(5, RateLimitUnit.Minute) },
            new() { Key = "free", Limit = new(0, RateLimitUnit.Day, Unlimited: true) },
            new() { Key = "watched", Limit = new(1, RateLimitUnit.Minute), ShadowMode = true },
            new() { Key = "client", Descriptors = [new() { Key = "method", Value = "POST", Limit = new(1, RateLimitUnit.Hour) }] },
        ],
    });

    private GlobalLimitStatus Ask(long now, params DescriptorEntry[] descriptor) => _limit.ShouldLimit("shop", descriptor, 1, now);

    [Fact]
    public void Window_admits_its_requests_and_refuses_the_rest()
    {
        Assert.Equal(1, Ask(10 * Second, Pay).Remaining);
        Assert.Equal(0, Ask(10 * Second + 1, Pay).Remaining);
        var third = Ask(10 * Second + Second / 4, Pay);
        Assert.True(third.OverLimit);
        Assert.Equal(Second * 3 / 4, third.UntilReset);
        Assert.True(Ask(11 * Second - 1, Pay).OverLimit);
        Assert.False(Ask(11 * Second, Pay).OverLimit);
    }

    /// <summary>The weakness of fixed windows.</summary>
    [Fact]
    public void Two_windows_admit_twice_the_limit_around_their_boundary()
    {
        int admitted = 0;
        for (long now = 10 * Second - 10; now < 10 * Second + 10; now++) admitted += Ask(now, Pay).OverLimit ? 0 : 1;
        Assert.Equal(4, admitted);
    }

    [Fact]
    public void Key_without_a_value_counts_each_value_by_itself()
    {
        for (int i = 0; i < 5; i++) Assert.False(Ask(0, new DescriptorEntry("path", "/a")).OverLimit);
        Assert.True(Ask(0, new DescriptorEntry("path", "/a")).OverLimit);
        Assert.False(Ask(0, new DescriptorEntry("path", "/b")).OverLimit);
    }

    [Fact]
    public void Descriptor_must_be_as_deep_as_the_rule()
    {
        DescriptorEntry client = new("client", "a"), post = new("method", "POST"), get = new("method", "GET");
        Assert.Null(Ask(0, client).Limit);
        Assert.Null(Ask(0, client, get).Limit);
        Assert.Null(Ask(0, client, post, get).Limit);
        Assert.Null(Ask(0).Limit);
        Assert.False(Ask(0, client, post).OverLimit);
        Assert.True(Ask(0, client, post).OverLimit);
        Assert.False(Ask(0, new("client", "b"), post).OverLimit);
    }

    [Fact]
    public void Other_domain_has_no_limit() => Assert.Null(_limit.ShouldLimit("bank", [Pay], 1, 0).Limit);

    [Fact]
    public void Unlimited_and_shadow_mode_never_refuse()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.False(Ask(0, new DescriptorEntry("free", "x")).OverLimit);
            Assert.False(Ask(0, new DescriptorEntry("watched", "x")).OverLimit);
        }
    }

    [Fact]
    public void Hits_count_together_and_over_the_limit_too()
    {
        Assert.False(_limit.ShouldLimit("shop", [new("path", "/c")], 5, 0).OverLimit);
        Assert.True(_limit.ShouldLimit("shop", [new("path", "/c")], 0, 0).OverLimit);
        Assert.True(_limit.ShouldLimit("shop", [new("path", "/d")], 6, 0).OverLimit);
        Assert.True(_limit.ShouldLimit("shop", [new("path", "/d")], 1, 0).OverLimit);
    }

    [Fact]
    public void Values_whose_window_is_over_are_forgotten()
    {
        for (int i = 0; i < 100; i++) Ask(61 * Second, new DescriptorEntry("path", $"/{i}"));
        Assert.Equal(100, _limit.Counted);
        Ask(200 * Second, new DescriptorEntry("path", "/new"));
        Assert.Equal(1, _limit.Counted);
    }
}
