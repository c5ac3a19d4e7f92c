using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.Tests.RateLimiting;

public class TokenBucketTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;

    private static TokenRate Rate(double rate, int burst) => new(new TokenBucketConfig { Rate = rate, Burst = burst });

    [Theory]
    [InlineData(100, 50)]
    [InlineData(3, 3)]
    [InlineData(7, 1000)]
    [InlineData(1e-3, 20)]
    [InlineData(1e7, 1)]
    public void Bucket_is_full_at_first_and_gives_its_burst_at_once(double perSecond, int burst)
    {
        var rate = Rate(perSecond, burst);
        var bucket = TokenBucket.Full(rate, 12345);
        for (int i = 0; i < burst; i++) Assert.True(bucket.TryTake(rate, 1, 12345));
        Assert.False(bucket.TryTake(rate, 1, 12345));
    }

    /// <summary>At 100/s a token takes 10 ms, and the bucket refills without steps.</summary>
    [Fact]
    public void Token_is_there_again_after_its_time_and_not_before()
    {
        var rate = Rate(100, 2);
        var bucket = TokenBucket.Full(rate, 0);
        Assert.True(bucket.TryTake(rate, 2, 0));
        Assert.Equal(10 * Ms, bucket.WaitFor(rate, 1, 0));
        Assert.Equal(0.4, bucket.Tokens(rate, 4 * Ms), 9);
        Assert.False(bucket.TryTake(rate, 1, 10 * Ms - 1));
        Assert.Equal(1, bucket.WaitFor(rate, 1, 10 * Ms - 1));
        Assert.True(bucket.TryTake(rate, 1, 10 * Ms));
        Assert.Equal(2, bucket.Tokens(rate, 1000 * Ms));
    }

    [Fact]
    public void No_window_gives_more_than_the_burst_and_its_refill() =>
        Gen.Select(Gen.Double[0.5, 5000], Gen.Int[1, 100], Gen.Long[0, 40 * Ms].Array[1, 400]).Sample((perSecond, burst, waits) =>
        {
            var rate = Rate(perSecond, burst);
            var bucket = TokenBucket.Full(rate, 0);
            var given = new List<long>();
            long now = 0;
            foreach (long wait in waits)
            {
                now += wait;
                if (bucket.TryTake(rate, 1, now)) given.Add(now);
            }
            for (int from = 0; from < given.Count; from++)
            {
                for (int to = from; to < given.Count; to++)
                    Assert.True(to - from + 1 <= burst + perSecond * (given[to] - given[from]) / TimeSpan.TicksPerSecond + 1e-3);
            }
        }, iter: 100);

    /// <summary>Asked more often than a token takes, and with room for what refills between two questions (a second token), it gives all there is: no token is lost.</summary>
    [Fact]
    public void Bucket_that_is_always_asked_gives_its_whole_refill() =>
        Gen.Select(Gen.Double[0.5, 900], Gen.Int[2, 100]).Sample((perSecond, burst) =>
        {
            var rate = Rate(perSecond, burst);
            var bucket = TokenBucket.Full(rate, 0);
            int given = 0;
            for (long now = 0; now < 20_000 * Ms; now += Ms)
            {
                while (bucket.TryTake(rate, 1, now)) given++;
            }
            double most = burst + perSecond * 19.999;
            return given <= most + 1e-3 && given > most - 1.1;
        }, iter: 50);

    /// <summary>A bucket of one token has no room for more: it gives its whole refill only to who asks when the token is there, and loses less than a tick a token.</summary>
    [Fact]
    public void Bucket_that_is_asked_when_it_says_gives_its_whole_refill() =>
        Gen.Select(Gen.Double[0.5, 900], Gen.Int[1, 100]).Sample((perSecond, burst) =>
        {
            var rate = Rate(perSecond, burst);
            var bucket = TokenBucket.Full(rate, 0);
            int given = 0;
            long now = 0;
            for (; now < 20_000 * Ms; now += bucket.WaitFor(rate, 1, now))
            {
                while (bucket.TryTake(rate, 1, now)) given++;
            }
            double most = burst + perSecond * now / TimeSpan.TicksPerSecond;
            double lost = perSecond * given / TimeSpan.TicksPerSecond;
            return given <= most + 1e-3 && given > most - lost - 1.1;
        }, iter: 50);
}
