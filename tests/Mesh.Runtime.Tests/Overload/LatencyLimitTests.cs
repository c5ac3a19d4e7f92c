using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Overload;

/// <summary>Netflix's concurrency-limits, by the tests of that library and by its formulas.</summary>
public class LatencyLimitTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;

    private static VegasLimit Vegas(int initial, int most = 20, double smoothing = 1) =>
        new(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Vegas, InitialLimit = initial, MaxLimit = most, Smoothing = smoothing }, new KeyedRandom(3), 1);

    /// <summary>VegasLimitTest: the first answer is the least latency; then the second moves the limit of 10.</summary>
    [Theory]
    [InlineData(10, 11, false, 16)]   // no queue: 6 more
    [InlineData(50, 11, false, 9)]    // a queue of 8: 1 less
    [InlineData(14, 14, false, 10)]   // a queue of 3: within the bounds
    [InlineData(12, 11, false, 11)]   // a queue of 2: 1 more
    [InlineData(10, 4, false, 10)]    // the load does not reach the limit
    [InlineData(10, 4, true, 9)]      // dropped
    public void Vegas_moves_as_Netflix_s(double latency, int inFlight, bool dropped, int limit)
    {
        var vegas = Vegas(10);
        vegas.Update(10 * Ms, 10, false);
        Assert.Equal(10, vegas.Limit);
        vegas.Update((long)(latency * Ms), inFlight, dropped);
        Assert.Equal(limit, vegas.Limit);
    }

    [Theory]
    [InlineData(100, 20.0, 1.0, 98)]    // a queue of 50 at 100: log10 is 2
    [InlineData(100, 20.0, 0.5, 99)]
    [InlineData(100, 10.5, 1.0, 102)]   // a queue of 5 is below 6
    [InlineData(100, 10.1, 1.0, 112)]   // a queue of 1 is not above 2
    [InlineData(100, 11.0, 1.0, 100)]   // a queue of 10 lies between 6 and 12
    public void Vegas_steps_grow_with_the_logarithm(int initial, double latency, double smoothing, int limit)
    {
        var vegas = Vegas(initial, 1000, smoothing);
        vegas.Update(10 * Ms, initial, false);
        vegas.Update((long)(latency * Ms), initial, false);
        Assert.Equal(limit, vegas.Limit);
    }

    [Fact]
    public void Vegas_takes_the_least_latency_anew_after_30_times_the_limit_of_answers_at_most()
    {
        var vegas = Vegas(10);
        vegas.Update(1 * Ms, 10, false);
        int answers = 0;
        // At 40 ms each answer finds a queue, and the limit falls to 1; once the new latency is the least one, it grows.
        for (; answers < 2000 && (answers < 20 || vegas.Limit == 1); answers++) vegas.Update(40 * Ms, 10, false);
        Assert.InRange(answers, 20, 30 * 10);
    }

    /// <summary>AIMDLimitTest.</summary>
    [Theory]
    [InlineData(20, 1, 10, false, 21)]
    [InlineData(20, 1, 9, false, 20)]
    [InlineData(30, 0, 0, true, 27)]
    [InlineData(30, 5000, 30, false, 31)]
    [InlineData(30, 5001, 30, false, 27)]   // later than 5 s
    [InlineData(21, 1, 0, true, 20)]        // 18 is below the least
    [InlineData(200, 1, 200, false, 200)]
    public void Aimd_moves_as_Netflix_s(int initial, double latency, int inFlight, bool dropped, int limit)
    {
        var aimd = new AimdLimit(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Aimd, InitialLimit = initial });
        aimd.Update((long)(latency * Ms), inFlight, dropped);
        Assert.Equal(limit, aimd.Limit);
    }

    /// <summary>By the formula: g = 1.5 * average / latency within 0.5 and 1; limit * 0.8 + (limit * g + 4) * 0.2.</summary>
    [Fact]
    public void Gradient2_moves_by_its_formula()
    {
        var limit = new Gradient2Limit(new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Gradient2, InitialLimit = 100, MinLimit = 1 });
        limit.Update(10 * Ms, 100, false);
        Assert.Equal(100, limit.Limit);      // 100.8
        limit.Update(10 * Ms, 40, false);
        Assert.Equal(100, limit.Limit);      // the load does not reach the limit
        limit.Update(10 * Ms, 100, false);
        Assert.Equal(101, limit.Limit);      // 101.6
        limit.Update(90 * Ms, 100, false);   // average (3 * 10 + 90) / 4 = 30: g = 0.5
        Assert.Equal(92, limit.Limit);       // 101.6 * 0.9 + 0.8 = 92.24
    }

    [Fact]
    public void Limits_stay_between_their_bounds_whatever_they_are_told() =>
        Gen.Select(Gen.Enum<ConcurrencyAlgorithm>(), Gen.Int[1, 30], Gen.Int[30, 90], Gen.Select(Gen.Long[1, 100 * Ms], Gen.Int[1, 100], Gen.Bool).Array[300]).Sample((algorithm, least, most, samples) =>
        {
            var config = new AdaptiveConcurrencyConfig { Algorithm = algorithm, MinLimit = least, MaxLimit = most, InitialLimit = 30 };
            LatencyLimit limit = algorithm switch
            {
                ConcurrencyAlgorithm.Vegas => new VegasLimit(config, new KeyedRandom(5), 1),
                ConcurrencyAlgorithm.Aimd => new AimdLimit(config),
                _ => new Gradient2Limit(config),
            };
            foreach (var (rtt, inFlight, dropped) in samples)
            {
                limit.Update(rtt, inFlight, dropped);
                Assert.InRange(limit.Limit, least, most);
            }
        }, iter: 300);

    [Fact]
    public void Window_tells_the_mean_of_ten_answers_or_more_once()
    {
        var config = new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Aimd, Window = TimeSpan.FromSeconds(1), LatencyTimeout = TimeSpan.FromMilliseconds(10) };
        var limit = ConcurrencyLimit.Create(config, new KeyedRandom(1), 1, 0);
        long now = 0;
        void Answers(int count, double latency, double apart)
        {
            for (int i = 0; i < count; i++)
            {
                now += (long)(apart * Ms);
                limit.Sample(new ConcurrencySlot(now - (long)(latency * Ms), 20), now, ExitOutcome.Answered);
            }
        }
        Answers(1, 8, 20);
        Assert.Equal(20, limit.Limit);      // one answer does not count
        Answers(50, 8, 20);
        Assert.Equal(20, limit.Limit);      // the window is not over
        Answers(1, 8, 20);
        Assert.Equal(21, limit.Limit);
        Answers(9, 9, 150);
        Assert.Equal(21, limit.Limit);      // too few
        Answers(100, 0.05, 50);
        Assert.Equal(21, limit.Limit);      // below 100 us an answer says nothing
    }
}
