using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Tests.Language.Policy;

/// <summary>The policies against overload, and rate limits, as they are written.</summary>
public sealed class OverloadLanguageTests
{
    private static PolicyConfig Policy(string key, string value) => Reads.SmallWith($"mesh.defaults.{key}={value}").World.Mesh.Defaults;

    [Fact]
    public void Empty_policies_mean_the_systems_defaults()
    {
        Assert.Equal(new AdaptiveConcurrencyConfig(), Policy("adaptiveConcurrency", "{}").AdaptiveConcurrency);
        Assert.Equal(new AdmissionControlConfig(), Policy("admissionControl", "{}").AdmissionControl);
        Assert.Equal(new ThrottleConfig(), Policy("throttle", "{}").Throttle);
    }

    [Fact]
    public void Gradient_is_read() =>
        Assert.Equal(
            new AdaptiveConcurrencyConfig
            {
                MinLimit = 5, MaxLimit = 300, UpdateInterval = TimeSpan.FromMilliseconds(250), Percentile = 0.9,
                MinRttInterval = TimeSpan.FromSeconds(30), MinRttRequests = 20, MinRttJitter = 0.1, MinRttBuffer = 0.5, MinRtt = TimeSpan.FromMilliseconds(7),
            },
            Policy("adaptiveConcurrency", "{minLimit: 5, maxLimit: 300, updateInterval: 250ms, percentile: 90%, minRtt: {interval: 30s, requests: 20, jitter: 10%, buffer: 50%, fixed: 7ms}}").AdaptiveConcurrency);

    [Fact]
    public void Netflix_s_algorithms_are_read()
    {
        Assert.Equal(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Vegas, InitialLimit = 50, Window = TimeSpan.FromSeconds(1), ProbeMultiplier = 10, Smoothing = 0.5 },
            Policy("adaptiveConcurrency", "{algorithm: vegas, initialLimit: 50, window: 1s, probeMultiplier: 10, smoothing: 50%}").AdaptiveConcurrency);
        Assert.Equal(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Gradient2, LongWindow = 100, Tolerance = 2, QueueSize = 0 },
            Policy("adaptiveConcurrency", "{algorithm: gradient2, longWindow: 100, tolerance: 2, queueSize: 0}").AdaptiveConcurrency);
        Assert.Equal(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Aimd, BackoffRatio = 0.5, LatencyTimeout = TimeSpan.FromSeconds(1) },
            Policy("adaptiveConcurrency", "{algorithm: aimd, backoffRatio: 50%, latencyTimeout: 1s}").AdaptiveConcurrency);
    }

    [Fact]
    public void Admission_control_and_throttle_are_read()
    {
        Assert.Equal(new AdmissionControlConfig { Window = TimeSpan.FromSeconds(10), SuccessThreshold = 0.9, Aggression = 2, MaxRejection = 0.5, MinRequestRate = 5 },
            Policy("admissionControl", "{window: 10s, successThreshold: 90%, aggression: 2, maxRejection: 50%, minRequestRate: 5}").AdmissionControl);
        Assert.Equal(new ThrottleConfig { K = 1.1, Window = TimeSpan.FromSeconds(30) }, Policy("throttle", "{k: 1.1, window: 30s}").Throttle);
    }

    [Fact]
    public void Load_shedding_is_read()
    {
        var shedding = Policy("loadShedding", "{maxRequests: 40, header: x-tier, values: {gold: critical, free: sheddable}, shares: {low: 60%, sheddable: 20%}}").LoadShedding!;
        Assert.Equal((40, "x-tier"), (shedding.MaxRequests, shedding.Header));
        Assert.Equal([new("gold", RequestPriority.Critical), new("free", RequestPriority.Sheddable)], shedding.Values);
        Assert.Equal([1, 0.95, 0.9, 0.6, 0.2], Enum.GetValues<RequestPriority>().Select(shedding.ShareOf));
    }

    [Fact]
    public void Rate_limit_is_read()
    {
        var limit = Policy("rateLimit", "{rate: 100/s, burst: 50, per: [{header: x-client, rate: 10/s, burst: 10}, {path: /pay, method: POST, caller: '*', rate: 30/m}], "
            + "alwaysConsumeDefault: false, shared: true, enforced: 50%, maxDynamicDescriptors: 1000}").RateLimit!;
        Assert.Equal(new TokenBucketConfig { Rate = 100, Burst = 50 }, limit.Bucket);
        Assert.Equal(
        [
            new RateLimitDescriptorConfig { Header = "x-client", Bucket = new TokenBucketConfig { Rate = 10, Burst = 10 } },
            new RateLimitDescriptorConfig { Path = "/pay", Method = "POST", Caller = "*", Bucket = new TokenBucketConfig { Rate = 0.5, Burst = 1 } },
        ], limit.Per);
        Assert.Equal((false, true, 0.5, 1000), (limit.AlwaysConsumeDefault, limit.Shared, limit.Enforced, limit.MaxDynamicDescriptors));
    }

    [Theory]
    [InlineData("{rate: 1/s, global: true}", 20, false)]
    [InlineData("{rate: 1/s, global: true, globalTimeout: 50ms, failureModeDeny: true}", 50, true)]
    public void Global_limit_is_read(string text, double timeout, bool denies)
    {
        var limit = Policy("rateLimit", text).RateLimit!;
        Assert.Equal((true, TimeSpan.FromMilliseconds(timeout), denies), (limit.Global, limit.GlobalTimeout, limit.FailureModeDeny));
    }

    [Theory]
    [InlineData("{rate: 100/s}", 100, 100)]
    [InlineData("{tokensPerFill: 10, fillInterval: 100ms, burst: 20}", 100, 20)]
    [InlineData("{fillInterval: 50ms}", 20, 20)]
    public void Bucket_is_written_by_its_rate_or_as_Envoy_s(string text, double rate, int burst) =>
        Assert.Equal(new TokenBucketConfig { Rate = rate, Burst = burst }, Policy("rateLimit", text).RateLimit!.Bucket);

    [Theory]
    [InlineData("adaptiveConcurrency={algorithm: vegas, percentile: 90%}", "'vegas' has no 'percentile'; gradient has.")]
    [InlineData("adaptiveConcurrency={window: 1s}", "'gradient' has no 'window'; vegas and gradient2 and aimd have.")]
    [InlineData("adaptiveConcurrency={algorithm: gradint}", "'gradint' is not an algorithm. Did you mean 'gradient'?")]
    [InlineData("adaptiveConcurrency={minLimit: 2000}", "the lowest limit 2000 is above the highest, 1000.")]
    [InlineData("adaptiveConcurrency={algorithm: aimd, initialLimit: 10}", "10 is not between the lowest limit 20 and the highest, 200.")]
    [InlineData("adaptiveConcurrency={algorithm: aimd, backoffRatio: 30%}", "write 50% or more and below 100%")]
    [InlineData("adaptiveConcurrency={updateInterval: 100us}", "the interval is below 1ms, the shortest that Envoy takes.")]
    [InlineData("admissionControl={successThreshold: 0%}", "success is never below 0%, so nothing would be refused")]
    [InlineData("admissionControl={aggression: 0.5}", "'0.5' is not a number from 1 upwards.")]
    [InlineData("admissionControl={window: 500ms}", "the window is below 1s; it is counted by the second.")]
    [InlineData("throttle={k: 0}", "'0' is not a number from 1 upwards.")]
    [InlineData("throttle={window: 2h}", "the window is above 1h, the longest that is kept.")]
    [InlineData("loadShedding={}", "the key 'maxRequests' is missing")]
    [InlineData("loadShedding={maxRequests: 10, values: {gold: urgent}}", "'urgent' is not a priority.")]
    [InlineData("loadShedding={maxRequests: 10, shares: {high: 50%}}", "'default' may fill 90% and the more important 'high' only 50%; give 'high' at least as much.")]
    [InlineData("rateLimit={}", "the rate limit has neither a 'rate' for all nor a list 'per'")]
    [InlineData("rateLimit={rate: 1/s, global: true, shared: true}", "'global' and 'shared' stand together")]
    [InlineData("rateLimit={rate: 1/s, globalTimeout: 5ms}", "the control plane is not asked; write 'global: true' beside it.")]
    [InlineData("rateLimit={rate: 1/s, failureModeDeny: true}", "the control plane is not asked; write 'global: true' beside it.")]
    [InlineData("rateLimit={rate: 0/s}", "a rate of 0 would let nothing through once the burst is used")]
    [InlineData("rateLimit={rate: 10/s, fillInterval: 1s}", "'rate' and 'fillInterval' stand together")]
    [InlineData("rateLimit={fillInterval: 10ms}", "the fill interval is below 50ms, the shortest that Envoy takes.")]
    [InlineData("rateLimit={rate: 1/s, tokensPerFill: 3}", "'tokensPerFill' needs a 'fillInterval', such as 1s.")]
    [InlineData("rateLimit={burst: 3, per: [{path: /pay, rate: 1/s}]}", "'burst' needs a 'rate', such as 100/s.")]
    [InlineData("rateLimit={per: [{path: /pay}]}", "the bucket has no rate; write 'rate', such as 10/s.")]
    [InlineData("rateLimit={per: [{rate: 10/s}]}", "the descriptor says of no request that it is meant")]
    [InlineData("rateLimit={per: [{path: /pay, value: x, rate: 1/s}]}", "'value' is the value of a header; name it with 'header'.")]
    [InlineData("rateLimit={per: [{path: pay, rate: 1/s}]}", "'pay' is not a path; a path begins with '/'")]
    public void What_cannot_be_is_refused_with_the_rule(string set, string message)
    {
        string error = Assert.Single(Reads.Errors(Reads.Small, "mesh.defaults." + set));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
