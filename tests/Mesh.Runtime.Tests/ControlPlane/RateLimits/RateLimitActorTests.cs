using Akka.Actor;
using Akka.TestKit.Xunit2;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.Model;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.Tests.ControlPlane.RateLimits;

/// <summary>Time is the test's: buckets fill when it says so.</summary>
public class RateLimitActorTests : TestKit
{
    private static readonly TokenBucketConfig Ten = new() { Rate = 10, Burst = 10 };
    private static readonly RateLimitConfig Limit = new() { Global = true, Bucket = Ten };

    private readonly IActorRef _plane;
    private readonly Clock _clock = new();

    public RateLimitActorTests()
        : base("akka.test.single-expect-default = 20s") =>
        _plane = Sys.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions { Time = _clock, Mesh = Mesh(Limit), OnRefused = problems => TestActor.Tell(problems) }));

    private static MeshConfig Mesh(RateLimitConfig limit, double timeout = 1) => new()
    {
        Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(timeout) },
        Services = new Dictionary<string, PolicyConfig> { ["cart"] = new() { RateLimit = limit }, ["local"] = new() { RateLimit = Limit with { Global = false } } },
    };

    private static LimitUse All => new(LimitUse.Default, default);

    private static LimitUse Of(string client) => new(1, new DescriptorValues(null, null, null, client));

    private LimitGrant Take(int count, params LimitUse[] uses) => TakeOf("cart", count, uses);

    private LimitGrant TakeOf(string service, int count, params LimitUse[] uses)
    {
        _plane.Tell(new TokensWanted(service, [new LimitHits(count, ValueList.Create<LimitUse>(uses))], grants => TestActor.Tell(grants)));
        return Assert.Single(ExpectMsg<IReadOnlyList<LimitGrant>>());
    }

    [Fact]
    public void Bucket_gives_its_burst_and_then_its_rate_to_all_who_ask_together()
    {
        Assert.Equal(new LimitGrant(7, 0), Take(7, All));
        Assert.Equal(new LimitGrant(3, TimeSpan.TicksPerSecond / 10), Take(7, All));
        _clock.Ticks += TimeSpan.TicksPerSecond / 4;
        Assert.Equal(new LimitGrant(2, TimeSpan.TicksPerSecond / 20), Take(7, All));
        _clock.Ticks += TimeSpan.TicksPerHour;
        Assert.Equal(10, Take(100, All).Granted);
    }

    [Theory]
    [InlineData("local")]
    [InlineData("nobody-knows")]
    public void Service_without_a_global_limit_is_not_limited(string service) => Assert.Equal(new LimitGrant(1000, 0), TakeOf(service, 1000, All));

    [Fact]
    public void Each_value_has_its_bucket_and_the_one_longest_unused_is_forgotten()
    {
        Configure(Limit with { Bucket = null, Per = [new() { Header = "x-client", Bucket = Ten }], MaxDynamicDescriptors = 2 });
        Assert.Equal([10, 10], [Take(20, Of("ann")).Granted, Take(20, Of("bob")).Granted]);
        Assert.Equal(0, Take(1, Of("ann")).Granted);
        Assert.Equal(10, Take(20, Of("eve")).Granted);   // in bob's place
        Assert.Equal([0, 10], [Take(1, Of("ann")).Granted, Take(20, Of("bob")).Granted]);
    }

    [Fact]
    public void First_bucket_that_has_none_refuses_and_those_after_it_give_nothing()
    {
        Configure(Limit with { Per = [new() { Header = "x-client", Bucket = new TokenBucketConfig { Rate = 1, Burst = 4 } }] });
        Assert.Equal(4, Take(20, Of("ann"), All).Granted);
        Assert.Equal(6, Take(20, All).Granted);
    }

    [Fact]
    public void Descriptor_that_the_policy_does_not_have_refuses_nobody() => Assert.Equal([50, 50], [Take(50, Of("ann")).Granted, Take(50, new LimitUse(-1, default)).Granted]);

    [Fact]
    public void Another_limit_begins_full_and_the_same_one_goes_on()
    {
        var per = new RateLimitDescriptorConfig { Header = "x-client", Bucket = Ten };
        Configure(Limit with { Per = [per] });
        Assert.Equal(10, Take(20, All).Granted);
        Configure(Limit with { Per = [per with { }] }, timeout: 2);
        Assert.Equal(0, Take(20, All).Granted);
        Configure(Limit with { Bucket = Ten with { Burst = 3 } });
        Assert.Equal(3, Take(20, All).Granted);
        Configure(Limit with { Global = false });
        Assert.Equal(20, Take(20, All).Granted);
    }

    [Fact]
    public void Refused_configuration_changes_no_limit()
    {
        Take(10, All);
        _plane.Tell(new ConfigurationChanged(Mesh(Limit with { Bucket = Ten with { Burst = 1000 } }, timeout: -1)));
        Assert.NotEmpty(ExpectMsg<IReadOnlyList<string>>());
        Assert.Equal(0, Take(10, All).Granted);
    }

    [Fact]
    public void Restart_of_the_actor_gives_no_token_twice()
    {
        Assert.Equal(4, Take(4, All).Granted);
        _plane.Tell(new TokensWanted("cart", [new LimitHits(1, [All])], _ => throw new InvalidOperationException("whoever asked is gone")));
        Assert.Equal(5, Take(20, All).Granted);
    }

    /// <summary>Puts a policy in force and waits until it is: until then the old one answers for this service.</summary>
    private void Configure(RateLimitConfig limit, double timeout = 1)
    {
        _marks++;
        var mesh = Mesh(limit, timeout);
        var mark = new PolicyConfig { RateLimit = new RateLimitConfig { Global = true, Bucket = new TokenBucketConfig { Rate = 1, Burst = 1 } } };
        _plane.Tell(new ConfigurationChanged(mesh with { Services = mesh.Services.Append(new($"mark-{_marks}", mark)).ToDictionary() }));
        AwaitCondition(() => TakeOf($"mark-{_marks}", 2, All).Granted < 2, TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(10));
    }

    private int _marks;

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
