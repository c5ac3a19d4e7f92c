using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Overload;

public class InboundLimitsTests
{
    private static readonly RateLimitConfig OneToken = new() { Bucket = new TokenBucketConfig { Rate = 0.4, Burst = 1 } };
    private static readonly LoadSheddingConfig OnePlace = new() { MaxRequests = 1 };
    private static readonly MeshRequest Request = new() { Class = new RequestClass(0, 0, "s", "/") };

    private static InboundLimits Limits(PolicyConfig policy, InboundLimits? old = null) => InboundLimits.For(ServicePolicy.From(policy), new KeyedRandom(1), 3, 0, old)!;

    private static UpstreamReply? Refusal(InboundLimits limits, long now = 0) => limits.TryEnter(Request, now, out var refusal, out _) ? null : refusal;

    [Fact]
    public void Policy_without_limits_needs_no_state() => Assert.Null(InboundLimits.For(ServicePolicy.From(new PolicyConfig()), new KeyedRandom(1), 3, 0, null));

    [Fact]
    public void Rate_limited_request_is_told_when_to_come_again_in_whole_seconds()
    {
        var limits = Limits(new PolicyConfig { RateLimit = OneToken });
        Assert.Null(Refusal(limits));
        var refusal = Refusal(limits, TimeSpan.TicksPerMillisecond)!.Value;
        Assert.Equal((429, ResponseFlags.RL, ReplyHints.RateLimited), (refusal.Status, refusal.Flags, refusal.Hints));
        Assert.Equal(3 * TimeSpan.TicksPerSecond, refusal.RetryAfter);   // a token takes 2.5 s
    }

    [Fact]
    public void Limit_that_is_not_enforced_refuses_nobody()
    {
        var limits = Limits(new PolicyConfig { RateLimit = OneToken with { Enforced = 0 } });
        for (int i = 0; i < 5; i++) Assert.Null(Refusal(limits));
    }

    [Fact]
    public void Shed_request_is_answered_as_overloaded_and_takes_no_place()
    {
        var limits = Limits(new PolicyConfig { LoadShedding = OnePlace, AdaptiveConcurrency = new AdaptiveConcurrencyConfig { MinLimit = 2 } });
        Assert.True(limits.TryEnter(Request, 0, out _, out var slot));
        for (int i = 0; i < 5; i++)
        {
            var refusal = Refusal(limits)!.Value;
            Assert.Equal((503, ResponseFlags.OM, ReplyHints.Overloaded), (refusal.Status, refusal.Flags, refusal.Hints));
        }
        limits.Exit(slot, 200, 10);
        Assert.Null(Refusal(limits, 10));
    }

    [Fact]
    public void Unchanged_policy_keeps_what_it_knows_and_a_changed_one_begins_anew()
    {
        var policy = new PolicyConfig { RateLimit = OneToken, LoadShedding = OnePlace };
        var limits = Limits(policy);
        Assert.Same(limits, Limits(policy with { Timeout = null }, limits));
        Assert.True(limits.TryEnter(Request, 0, out _, out var slot));

        var shedsMore = Limits(policy with { LoadShedding = OnePlace with { MaxRequests = 2 } }, limits);
        Assert.Equal(429, Refusal(shedsMore)!.Value.Status);                                       // the token is still gone
        var other = Limits(policy with { RateLimit = OneToken with { Enforced = 0 } }, limits);
        Assert.Equal(503, Refusal(other)!.Value.Status);                                           // the place is still taken
        limits.Exit(slot, 200, 1);                                                                 // left where it entered
        Assert.Null(Refusal(other, 1));
    }

    [Fact]
    public void Limit_is_reported_once_for_each_change()
    {
        var limits = Limits(new PolicyConfig { AdaptiveConcurrency = new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Aimd } });
        Assert.True(limits.LimitChanged(out int limit));
        Assert.Equal(20, limit);
        Assert.False(limits.LimitChanged(out _));
        var slots = new ConcurrencySlot[10];
        for (int i = 0; i < 10; i++) limits.TryEnter(Request, 0, out _, out slots[i]);
        limits.Exit(slots[9], 200, 10);
        Assert.True(limits.LimitChanged(out limit));
        Assert.Equal(21, limit);
    }

    [Fact]
    public void Decisions_allocate_nothing()
    {
        var limits = Limits(new PolicyConfig { RateLimit = OneToken with { Enforced = 0 }, AdaptiveConcurrency = new AdaptiveConcurrencyConfig(), LoadShedding = new LoadSheddingConfig() });
        var admission = OutboundAdmission.For(new PolicyConfig { AdmissionControl = new AdmissionControlConfig(), Throttle = new ThrottleConfig() }, null)!;
        var random = new KeyedRandom(2);
        void Pass(long now)
        {
            if (limits.TryEnter(Request, now, out _, out var slot)) limits.Exit(slot, 200, now + 1000);
            if (admission.Admit(random, (ulong)now, now)) admission.Answered(200, 0, now);
        }
        Pass(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 2000; i++) Pass(i * 100_000L);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
