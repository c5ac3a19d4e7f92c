using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Overload;

/// <summary>Envoy's gradient controller, by its own tests (gradient_controller_test.cc) and by hand.</summary>
public class GradientLimitTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;
    private readonly AdaptiveConcurrency _concurrency;
    private long _now = TimeSpan.TicksPerHour;

    private static readonly AdaptiveConcurrencyConfig FiveRequests = new() { MinRttRequests = 5, MinRttJitter = 0, MinRttInterval = TimeSpan.FromSeconds(30) };

    public GradientLimitTests() : this(FiveRequests)
    {
    }

    private GradientLimitTests(AdaptiveConcurrencyConfig config)
    {
        _concurrency = new AdaptiveConcurrency(config, new KeyedRandom(1), 7, _now);
        _now += 1000 * Ms;
    }

    /// <summary>Answers one after the other, each after <paramref name="latency"/> ms and at this instant (so that no time passes for windows).</summary>
    private void Answers(int count, double latency, ExitOutcome outcome = ExitOutcome.Answered)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(_concurrency.TryEnter(_now, out var slot));
            _concurrency.Exit(slot with { StartedAt = _now - (long)(latency * Ms) }, _now, outcome);
        }
    }

    private void Wait(double ms) => _now += (long)(ms * Ms);

    /// <summary>Lets the time pass and a request that tells nothing come, so that the limit takes its timed decisions.</summary>
    private int LimitAfter(double ms)
    {
        Wait(ms);
        if (_concurrency.TryEnter(_now, out _)) _concurrency.Cancel();
        return _concurrency.Limit;
    }

    [Theory]
    [InlineData(100, 10_000, 0.25, 12_500, 110)]   // g = 1: 100 + 10
    [InlineData(100, 10_000, 0.25, 10_000, 136)]   // g = 1.25: 125 + 11.18
    [InlineData(100, 10_000, 0.25, 25_000, 57)]    // g = 0.5: 50 + 7.07
    [InlineData(100, 10_000, 0.25, 1_000_000, 57)] // never below 0.5
    [InlineData(100, 10_000, 0.25, 1, 214)]        // never above 2: 200 + 14.14
    [InlineData(100, 10_000, 0.25, 0, 214)]
    [InlineData(3, 10_000, 0, 10_000, 4)]          // 3 + 1.73
    public void Next_limit_is_L_g_and_the_root_of_it(int limit, long minRtt, double buffer, long sampleRtt, int next) =>
        Assert.Equal(next, GradientLimit.Next(limit, minRtt, buffer, sampleRtt));

    /// <summary>L = Lg + sqrt(Lg) has the solution g/(1-g)^2, which is 90 for g = 0.9; truncation stops the way up at the first L whose step is below 1.</summary>
    [Fact]
    public void Fixed_point_for_a_gradient_of_nine_tenths_is_90()
    {
        int fromBelow = 10, fromAbove = 900;
        for (int i = 0; i < 1000; i++)
        {
            fromBelow = GradientLimit.Next(fromBelow, 9_000, 0, 10_000);
            fromAbove = GradientLimit.Next(fromAbove, 9_000, 0, 10_000);
        }
        Assert.Equal(90, fromAbove);
        Assert.Equal(69, fromBelow);   // 62.1 + 7.88 = 69.98
    }

    [Fact]
    public void Limit_is_3_until_50_answers_told_the_least_latency()
    {
        var test = new GradientLimitTests(new AdaptiveConcurrencyConfig());
        test.Answers(49, 10);
        for (int i = 0; i < 3; i++) Assert.True(test._concurrency.TryEnter(test._now, out _));
        Assert.False(test._concurrency.TryEnter(test._now, out _));
        for (int i = 0; i < 3; i++) test._concurrency.Cancel();
        Assert.Equal(3, test.LimitAfter(5000));   // no window counts meanwhile
        test.Answers(1, 10);
        test.Answers(1, 10);
        Assert.Equal(5, test.LimitAfter(100));    // g = 1.25: 3.75 + 1.94
    }

    /// <summary>By hand: least latency 10.05 ms (Envoy's bin), buffer 25%, window latency as told; truncated each time.</summary>
    [Fact]
    public void Trajectory_is_the_one_worked_by_hand()
    {
        Answers(5, 10);
        int[] limits = new int[6];
        for (int i = 0; i < 6; i++)
        {
            Answers(1, i < 4 ? 10 : 25);
            limits[i] = LimitAfter(100);
        }
        // 3 -> 3.75+1.94=5 -> 6.25+2.5=8 -> 10+3.16=13 -> 16.25+4.03=20 -> at 25 ms g = 1.25*10500/25500 = .5147: 10.29+3.21=13 -> 6.69+2.59=9
        Assert.Equal([5, 8, 13, 20, 13, 9], limits);
    }

    [Fact]
    public void Window_without_answers_changes_nothing()
    {
        Answers(5, 5);
        Answers(5, 4);
        int limit = LimitAfter(101);
        Assert.True(limit > 3);
        for (int i = 0; i < 5; i++) Assert.Equal(limit, LimitAfter(101));
        Assert.Equal(limit, LimitAfter(20_000));
    }

    [Fact]
    public void Limit_grows_while_latency_is_within_the_buffer_and_shrinks_beyond_it()
    {
        var test = new GradientLimitTests(FiveRequests with { MinRttBuffer = 0.1, MinLimit = 7 });
        test.Answers(5, 5);
        int last = 7;
        for (int i = 0; i < 10; i++, last = test._concurrency.Limit)
        {
            test.Answers(5, 4);
            Assert.InRange(test.LimitAfter(101), last + 1, last * 3);
        }
        for (int i = 0; i < 10 && last > 20; i++, last = test._concurrency.Limit)
        {
            test.Answers(5, 10);
            Assert.InRange(test.LimitAfter(101), last / 2, last - 1);
        }
    }

    [Fact]
    public void Least_latency_is_measured_anew_after_the_interval_and_the_old_limit_returns()
    {
        Answers(5, 5);
        Wait(1000);
        for (int i = 0; i < 5; i++)
        {
            Answers(5, 4);
            LimitAfter(101);
        }
        int limit = _concurrency.Limit;
        Assert.Equal(3, LimitAfter(31_000));
        Wait(1000);
        Answers(4, 13);
        Assert.Equal(3, _concurrency.Limit);
        Answers(1, 13);
        Assert.Equal(limit, _concurrency.Limit);
    }

    [Fact]
    public void Answer_to_a_request_from_before_the_measurement_does_not_count()
    {
        Answers(5, 5);
        Answers(5, 4);
        LimitAfter(101);
        Assert.Equal(3, LimitAfter(31_000));
        int limit = _concurrency.Limit;
        Answers(3, 5 * 60_000);
        Answers(3, 5 * 60_000);
        Assert.Equal(limit, _concurrency.Limit);
        Wait(1000);
        Answers(5, 13);
        Assert.NotEqual(3, _concurrency.Limit);
    }

    [Fact]
    public void Request_that_its_caller_abandoned_does_not_count()
    {
        Answers(50, 5, ExitOutcome.Abandoned);
        Answers(1, 5);
        Assert.Equal(3, LimitAfter(500));
        Answers(4, 5);
        Answers(1, 4);
        Assert.True(LimitAfter(101) > 3);
    }

    /// <summary>Envoy's ConsecutiveMinConcurrencyReset: five windows at the minimum, and what was measured wrong is measured again.</summary>
    [Fact]
    public void Five_windows_in_a_row_at_the_minimum_measure_the_least_latency_anew()
    {
        var test = new GradientLimitTests(FiveRequests with { MinRttBuffer = 0, MinLimit = 7, MinRttInterval = TimeSpan.FromHours(1) });
        test.Answers(5, 5);
        for (int i = 0; i < 5; i++)
        {
            test.Answers(5, 10);                            // g = .5: 3.5 + 1.87 = 5, so 7
            Assert.Equal(7, test.LimitAfter(101));
        }
        test.Wait(50);
        test.Answers(5, 10);                                // these are the measurement
        int last = 7;
        for (int i = 0; i < 5; i++, last = test._concurrency.Limit)
        {
            test.Answers(5, 10);
            Assert.True(test.LimitAfter(101) > last);
        }
    }

    /// <summary>Envoy's TimerAccuracyTest: interval 100 s, jitter 10%, draw 15000.</summary>
    [Theory]
    [InlineData(100_000, 0.10, 15_000, 105_000)]
    [InlineData(45_000, 0, 15_000, 45_000)]
    [InlineData(60_000, 0.15, 8_999, 68_999)]
    [InlineData(60_000, 0.15, 9_000, 60_000)]
    public void Jitter_is_drawn_in_milliseconds_below_its_share(long interval, double jitter, ulong draw, long milliseconds) =>
        Assert.Equal(milliseconds, GradientLimit.Jittered(interval, jitter, draw));

    [Fact]
    public void Known_least_latency_is_never_measured()
    {
        var test = new GradientLimitTests(FiveRequests with { MinRtt = TimeSpan.FromMilliseconds(10) });
        test.Answers(1, 10);
        Assert.Equal(5, test.LimitAfter(100));
        Assert.Equal(5, test.LimitAfter(100_000));
        for (int i = 0; i < 8; i++)
        {
            test.Answers(1, 100);
            test.LimitAfter(100);
        }
        Assert.Equal(3, test._concurrency.Limit);
        test.Answers(1, 10);
        Assert.Equal(5, test.LimitAfter(100));
    }

    [Fact]
    public void Limit_stays_between_its_bounds_whatever_the_latencies() =>
        Gen.Select(Gen.Int[1, 10], Gen.Int[10, 60], Gen.Double[0.01, 1000].Array[200], Gen.Double[0, 300].Array[200]).Sample((least, most, latencies, waits) =>
        {
            var test = new GradientLimitTests(new AdaptiveConcurrencyConfig { MinLimit = least, MaxLimit = most, MinRttRequests = 5, MinRttInterval = TimeSpan.FromSeconds(3) });
            for (int i = 0; i < 200; i++)
            {
                test.Answers(1, latencies[i]);
                test.Wait(waits[i]);
                Assert.InRange(test._concurrency.Limit, least, most);
            }
        }, iter: 200);
}
