using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;

namespace Mesh.Runtime.Tests.Resilience;

public class HedgeDelayTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private const long Second = TimeSpan.TicksPerSecond;

    [Fact]
    public void Fixed_delay_is_always_the_same()
    {
        var delay = new HedgeDelay(new HedgeConfig { Delay = TimeSpan.FromMilliseconds(50) });
        delay.Observe(Second, 0);
        Assert.Equal(50 * Millisecond, delay.DelayAt(0));
        Assert.Equal(50 * Millisecond, delay.DelayAt(3600 * Second));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(70)]
    public void Percentile_holds_once_enough_samples_are_there(int? fallbackMs)
    {
        var delay = new HedgeDelay(new HedgeConfig
        {
            Percentile = 0.95, MinSamples = 100, Delay = fallbackMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
        });
        long before = fallbackMs * Millisecond ?? HedgeDelay.Never;
        Assert.Equal(before, delay.DelayAt(0));
        for (int i = 1; i <= 99; i++) delay.Observe(i * Millisecond, i);
        Assert.Equal(before, delay.DelayAt(99));
        for (int i = 100; i <= 132; i++) delay.Observe(100 * Millisecond, i);
        Assert.InRange(delay.DelayAt(132), 94 * Millisecond, 106 * Millisecond);
    }

    [Fact]
    public void Delay_is_never_below_its_least()
    {
        var delay = new HedgeDelay(new HedgeConfig { Percentile = 0.5, MinSamples = 1, MinDelay = TimeSpan.FromMilliseconds(20) });
        for (int i = 0; i < 100; i++) delay.Observe(3 * Millisecond, 0);
        Assert.Equal(20 * Millisecond, delay.DelayAt(0));
        Assert.Equal(20 * Millisecond, new HedgeDelay(new HedgeConfig { Delay = TimeSpan.FromMilliseconds(5), MinDelay = TimeSpan.FromMilliseconds(20) }).DelayAt(0));
    }

    [Fact]
    public void Percentile_follows_what_came_lately()
    {
        var delay = new HedgeDelay(new HedgeConfig { Percentile = 0.9, MinSamples = 10, Window = TimeSpan.FromSeconds(10) });
        long now = 0;
        for (; now < 20 * Second; now += 10 * Millisecond) delay.Observe(10 * Millisecond, now);
        Assert.InRange(delay.DelayAt(now), 9.4 * Millisecond, 10.7 * Millisecond);
        for (; now < 31 * Second; now += 10 * Millisecond) delay.Observe(80 * Millisecond, now);
        Assert.InRange(delay.DelayAt(now), 76 * Millisecond, 85 * Millisecond);
        Assert.Equal(HedgeDelay.Never, delay.DelayAt(now + 20 * Second));   // what is known has left the window
    }

    /// <summary>The share of an exponential's attempts beyond the delay is the share that was asked for, whatever the scale.</summary>
    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.9, 5)]
    [InlineData(0.95, 5)]
    [InlineData(0.95, 800)]
    [InlineData(0.99, 50)]
    public void Share_beyond_the_delay_is_what_was_asked_for(double percentile, double meanMs)
    {
        var histogram = new RecentLatencies(TimeSpan.FromSeconds(30));
        const int Samples = 20_000;
        for (int i = 0; i < Samples; i++) histogram.Add((long)(-Math.Log(1 - (i + 0.5) / Samples) * meanMs * Millisecond), 0);
        double beyond = Math.Exp(-histogram.Quantile(percentile) / (meanMs * Millisecond));
        Assert.Equal(1 - percentile, beyond, 0.02 * (1 - percentile) + 0.0005);
    }

    [Fact]
    public void Quantile_lies_within_a_sixteenth_of_the_true_one() =>
        Gen.Select(Gen.Long[1024, 1L << 35].Array[1, 50], Gen.Double[0.01, 0.99]).Sample((values, share) =>
        {
            var histogram = new RecentLatencies(TimeSpan.FromSeconds(30));
            foreach (long value in values) histogram.Add(value, 0);
            Array.Sort(values);
            long exact = values[Math.Clamp((int)Math.Ceiling(share * values.Length) - 1, 0, values.Length - 1)];
            Assert.InRange(histogram.Quantile(share), exact / 1.0626, exact * 1.0626);
        });

    [Fact]
    public void A_latency_counts_for_half_a_window_at_least_and_a_whole_one_at_most() =>
        Gen.Select(Gen.Long[0, 100 * Second], Gen.Long[0, 30 * Second]).Sample((at, later) =>
        {
            var histogram = new RecentLatencies(TimeSpan.FromSeconds(10));
            histogram.Add(Millisecond, at);
            histogram.Advance(at + later);
            if (later < 5 * Second) Assert.Equal(1, histogram.Count);
            if (later >= 10 * Second) Assert.Equal(0, histogram.Count);
        });

    [Fact]
    public void Neither_asking_nor_telling_allocates()
    {
        var delay = new HedgeDelay(new HedgeConfig { Percentile = 0.95, MinSamples = 1 });
        long total = 0;
        Drive();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Drive();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.NotEqual(0, total);

        void Drive()
        {
            for (int i = 0; i < 1000; i++)
            {
                delay.Observe(i * Millisecond, i * Second);
                total += delay.DelayAt(i * Second) & 1023;
            }
        }
    }
}
