using CsCheck;
using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using static Mesh.Runtime.Tests.Health.HealthLog;

namespace Mesh.Runtime.Tests.Health;

/// <summary>Lazy ticks against a detector that is asked at every tick, over random traffic with long pauses.</summary>
public class OutlierModelTests
{
    private const int Hosts = 6;
    private static readonly long Interval = Ms(10);

    private static readonly OutlierDetectionConfig Config = new()
    {
        Interval = TimeSpan.FromTicks(Interval),
        BaseEjectionTime = TimeSpan.FromMilliseconds(15),
        MaxEjectionTime = TimeSpan.FromMilliseconds(70),
        MaxEjectionTimeJitter = TimeSpan.FromMilliseconds(7),
        MaxEjectionPercent = 0.5,
        Consecutive5xx = 3,
        EnforcingConsecutive5xx = 0.8,
        SuccessRateMinimumHosts = 3,
        SuccessRateRequestVolume = 2,
        SuccessRateStdevFactor = 900,
        EnforcingFailurePercentage = 0.5,
        FailurePercentageMinimumHosts = 2,
        FailurePercentageRequestVolume = 3,
    };

    private static readonly Gen<(int Host, bool Fails, int PauseMs)[]> Traffic =
        Gen.Select(Gen.Int[0, Hosts - 1], Gen.Bool, Gen.Frequency((20, Gen.Const(0)), (5, Gen.Int[0, 6]), (2, Gen.Int[10, 40]), (1, Gen.Int[50, 500]))).Array[1, 200];

    [Fact]
    public void Ticks_made_up_for_are_the_same_as_ticks_in_time() => Traffic.Sample(traffic =>
    {
        HealthLog lazyLog = new(), promptLog = new();
        OutlierDetector lazy = Detector(lazyLog), prompt = Detector(promptLog);
        long now = 0;
        foreach (var (host, fails, pause) in traffic)
        {
            long then = now + Ms(pause);
            for (long tick = (now / Interval + 1) * Interval; tick <= then; tick += Interval) prompt.Advance(tick);
            now = then;
            var sample = Sample(now, fails ? 500 : 200);
            lazy.Ended(host, sample);
            prompt.Ended(host, sample);
            AssertSame(lazyLog, promptLog);
        }
        // Over a long pause the lazy one reports returns by endpoint, not by time.
        Assert.Equal(promptLog.Events.Order(StringComparer.Ordinal), lazyLog.Events.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Never_more_than_the_maximum_are_ejected_and_they_return_on_ticks_only() => Traffic.Sample(traffic =>
    {
        var log = new HealthLog();
        var detector = Detector(log);
        long now = 0;
        foreach (var (host, fails, pause) in traffic)
        {
            // One millisecond after the other, so that a return can be seen when it happens.
            for (int i = 0; i < pause; i++)
            {
                int before = log.Events.Count(e => e[0] == '+');
                detector.Advance(now += Ms(1));
                Assert.True(now % Interval == 0 || log.Events.Count(e => e[0] == '+') == before);
            }
            detector.Ended(host, Sample(now, fails ? 500 : 200));
            Assert.InRange(detector.EjectedCount, 0, Hosts / 2);
            Assert.Equal(detector.EjectedCount, Enumerable.Range(0, Hosts).Count(id => log.States.FindHealth(id) is { Ejected: true }));
        }
    }, iter: 30);

    private static OutlierDetector Detector(HealthLog log)
    {
        var detector = new OutlierDetector(Config, log.States, log, new KeyedRandom(7), proxy: 1, 0);
        detector.Update(Members(Hosts), 0);
        return detector;
    }

    private static void AssertSame(HealthLog lazy, HealthLog prompt)
    {
        for (int id = 0; id < Hosts; id++)
        {
            var (a, b) = (lazy.States.FindHealth(id)?.Outlier, prompt.States.FindHealth(id)?.Outlier);
            Assert.Equal(b is null, a is null);
            if (a is null || b is null) continue;
            Assert.Equal((b.Ejected, b.Multiplier, b.EjectedAt, b.ReturnedAt, b.Jitter, b.Decisions), (a.Ejected, a.Multiplier, a.EjectedAt, a.ReturnedAt, a.Jitter, a.Decisions));
            Assert.Equal((b.Consecutive5xx, b.ConsecutiveGatewayFailure), (a.Consecutive5xx, a.ConsecutiveGatewayFailure));
        }
    }
}
