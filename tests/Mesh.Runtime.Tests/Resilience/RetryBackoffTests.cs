using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;

namespace Mesh.Runtime.Tests.Resilience;

public class RetryBackoffTests
{
    private static RetryConfig Config(double baseMs, double? maxMs = null) => new()
    {
        BackoffBase = TimeSpan.FromMilliseconds(baseMs),
        BackoffMax = maxMs is { } max ? TimeSpan.FromMilliseconds(max) : null,
    };

    /// <summary>Envoy's own vectors (backoff_strategy_test.cc): base 100 ms, maximum 1200 ms or the default of ten times the base.</summary>
    [Theory]
    [InlineData(1200, 0, 149, 49)]
    [InlineData(1200, 1, 350, 150)]
    [InlineData(1200, 2, 751, 351)]
    [InlineData(1200, 3, 2399, 799)]
    [InlineData(1200, 4, 2399, 1199)]
    [InlineData(null, 0, 149, 49)]
    [InlineData(null, 1, 350, 150)]
    [InlineData(null, 2, 751, 351)]
    [InlineData(null, 3, 2999, 599)]
    [InlineData(null, 4, 2999, 999)]
    public void Wait_is_Envoy_s(int? max, int retry, int random, int milliseconds) =>
        Assert.Equal(milliseconds, RetryBackoff.Delay(Config(100, max), retry, (ulong)random).TotalMilliseconds);

    [Theory]
    [InlineData(25, null, 0, 25)]
    [InlineData(25, null, 3, 200)]
    [InlineData(25, null, 4, 250)]
    [InlineData(25, null, 1000, 250)]
    [InlineData(25, 30.0, 1, 30)]
    [InlineData(25, 10.0, 0, 25)]      // a maximum below the base is the base
    [InlineData(25, 10.0, 5, 25)]
    [InlineData(0.2, null, 0, 1)]    // below 1 ms is 1 ms
    [InlineData(0.2, null, 9, 10)]
    [InlineData(1e13, 1e14, 60, 100_000_000_000_000)]
    public void Interval_doubles_from_the_base_up_to_the_maximum(double baseMs, double? maxMs, int retry, long milliseconds) =>
        Assert.Equal(milliseconds, RetryBackoff.IntervalMs(Config(baseMs, maxMs), retry));

    /// <summary>Whole milliseconds below the interval, each once in a cycle of draws: their mean is interval/2 - 0.5.</summary>
    [Fact]
    public void Mean_wait_is_half_the_interval_less_half_a_millisecond() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 20], Gen.Int[0, 8]).Sample((baseMs, factor, retry) =>
        {
            var config = Config(baseMs, baseMs * factor);
            long interval = RetryBackoff.IntervalMs(config, retry);
            Assert.Equal(Math.Min((long)baseMs << retry, (long)baseMs * factor), interval);
            double sum = 0;
            for (long draw = 0; draw < interval; draw++) sum += RetryBackoff.Delay(config, retry, (ulong)draw).TotalMilliseconds;
            Assert.Equal(interval / 2.0 - 0.5, sum / interval, 9);
        }, iter: 200);

    [Fact]
    public void Wait_is_below_the_interval_for_every_draw() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 20]).Sample((draw, retry) =>
            RetryBackoff.Delay(Config(25), retry, draw) < TimeSpan.FromMilliseconds(RetryBackoff.IntervalMs(Config(25), retry)));

    /// <summary>Linkerd's: base = min(max, min·2^i), wait = base + min(base·jitter·U, max - base).</summary>
    [Theory]
    [InlineData(0, 0.0, 1.0, 25)]
    [InlineData(0, 0.5, 1.0, 37.5)]
    [InlineData(1, 0.5, 1.0, 75)]
    [InlineData(2, 0.0, 1.0, 100)]
    [InlineData(3, 0.5, 1.0, 250)]     // 200 + 100 is beyond the maximum
    [InlineData(3, 0.125, 1.0, 225)]
    [InlineData(9, 0.9, 1.0, 250)]
    [InlineData(0, 0.5, 0.0, 25)]
    [InlineData(1, 0.5, 0.5, 62.5)]
    public void Linkerd_waits_the_interval_and_a_random_part_on_top(int retry, double unit, double jitter, double milliseconds)
    {
        var config = Config(25, 250) with { BackoffStyle = BackoffStyle.Linkerd, BackoffJitter = jitter };
        Assert.Equal(milliseconds, RetryBackoff.Delay(config, retry, (ulong)(unit * ulong.MaxValue)).TotalMilliseconds, 3);
    }

    /// <summary>At equal settings Envoy never retries later than Linkerd, and Linkerd never before its base.</summary>
    [Fact]
    public void Envoy_retries_sooner_than_Linkerd() =>
        Gen.Select(Gen.Int[1, 500], Gen.Int[1, 20], Gen.Int[0, 12], Gen.ULong).Sample((baseMs, factor, retry, draw) =>
        {
            var config = Config(baseMs, baseMs * factor);
            var envoy = RetryBackoff.Delay(config, retry, draw);
            var linkerd = RetryBackoff.Delay(config with { BackoffStyle = BackoffStyle.Linkerd }, retry, draw);
            Assert.True(envoy < linkerd);
            Assert.InRange(linkerd, config.BackoffBase, config.BackoffMax!.Value);
        });

    [Theory]
    [InlineData(1, 0, 1000)]
    [InlineData(1, 499, 1499)]
    [InlineData(1, 500, 1000)]
    [InlineData(300, 149_999, 449_999)]
    public void Retry_after_is_drawn_from_the_time_asked_for_up_to_half_as_much_again(int seconds, int random, int milliseconds) =>
        Assert.Equal(milliseconds, RetryBackoff.Delay(Config(25) with { HonorRetryAfter = true }, 0, TimeSpan.FromSeconds(seconds).Ticks, (ulong)random).TotalMilliseconds);

    [Theory]
    [InlineData(false, 1.0)]
    [InlineData(true, 0.0)]
    [InlineData(true, 300.1)]
    public void Retry_after_that_is_not_honoured_not_there_or_too_long_leaves_the_back_off(bool honor, double seconds) =>
        Assert.Equal(7, RetryBackoff.Delay(Config(25) with { HonorRetryAfter = honor }, 0, TimeSpan.FromSeconds(seconds).Ticks, 32).TotalMilliseconds);

    /// <summary>E[wait before retry N] = min(B·2^(N-1), max)/2 - 0.5 ms: 12, 24.5, 49.5 ms with the defaults, where Envoy's documentation would give 12, 37, 87.</summary>
    [Fact]
    public void Mean_waits_are_those_of_Envoy_s_code()
    {
        double[] means = [.. Enumerable.Range(0, 3).Select(retry => Enumerable.Range(0, 1000).Average(draw => RetryBackoff.Delay(Config(25), retry, (ulong)draw).TotalMilliseconds))];
        Assert.Equal([12.0, 24.5, 49.5], means);
    }
}
