using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Tests.Health.HealthLog;

namespace Mesh.Runtime.Tests.Health;

public class OutlierDetectorTests
{
    private static readonly OutlierDetectionConfig All = new() { MaxEjectionPercent = 1 };
    private readonly HealthLog _log = new();

    private OutlierDetector Detector(OutlierDetectionConfig config, int hosts, double startMs = 0)
    {
        var detector = new OutlierDetector(config, _log.States, _log, new KeyedRandom(1), proxy: 3, Ms(startMs));
        detector.Update(Members(hosts), Ms(startMs));
        return detector;
    }

    private static void Answers(OutlierDetector detector, int endpoint, double atMs, params int[] statuses)
    {
        foreach (int status in statuses) detector.Ended(endpoint, Sample(Ms(atMs), status));
    }

    private bool IsHealthy(int endpoint) => _log.States.FindHealth(endpoint)?.IsHealthy ?? true;

    [Fact]
    public void Endpoint_is_ejected_with_the_fifth_5xx_in_a_row()
    {
        var detector = Detector(All, 2);
        Answers(detector, 0, 0, 500, 500, 500, 500, 200, 500, 500, 500, 500);
        Assert.Empty(_log.Events);
        Answers(detector, 0, 0, 500);
        Assert.Equal(["-0 Consecutive5xx 30000"], _log.Events);
        Assert.False(IsHealthy(0));
        Assert.True(IsHealthy(1));
    }

    /// <summary>The timings of Envoy's own test: ticks at 9,999 ms, 30,001 ms and 90,002 ms.</summary>
    [Fact]
    public void Ejections_last_as_long_as_in_Envoy_s_test()
    {
        var detector = Detector(All, 1);
        Answers(detector, 0, 0, 500, 500, 500, 500, 500);
        detector.Tick(Ms(9_999));
        Assert.Equal(1, detector.EjectedCount);
        detector.Tick(Ms(30_001));
        Assert.Equal(0, detector.EjectedCount);
        // Lazy ticks would come in between: the second half of Envoy's test has a detector whose ticks are far apart.
        detector.Update([], Ms(30_001));
        detector = Detector(All with { Interval = TimeSpan.FromHours(1) }, 1);
        Answers(detector, 0, 0, 500, 500, 500, 500, 500);
        detector.Tick(Ms(30_001));
        Answers(detector, 0, 30_001, 500, 500, 500, 500, 500);
        detector.Tick(Ms(90_000));
        Assert.Equal(1, detector.EjectedCount);
        detector.Tick(Ms(90_002));
        Assert.Equal(0, detector.EjectedCount);
    }

    [Theory]
    [InlineData(0, 30_000)]          // ticks at 10, 20, 30 s: the third is just late enough
    [InlineData(-9_999, 30_001)]     // ticks at 1 ms, 10,001, 20,001 and 30,001 ms
    [InlineData(-1, 39_999)]         // a tick at 29,999 ms is a millisecond early
    public void Endpoint_returns_on_the_first_tick_after_its_time(double startMs, double returnsMs)
    {
        var detector = Detector(All, 1, startMs);
        Answers(detector, 0, 0, 500, 500, 500, 500, 500);
        detector.Advance(Ms(returnsMs) - 1);
        Assert.False(IsHealthy(0));
        detector.Advance(Ms(returnsMs));
        Assert.True(IsHealthy(0));
        Assert.Equal($"+0 {returnsMs}", _log.Events[^1]);
    }

    [Fact]
    public void Second_ejection_lasts_twice_as_long()
    {
        var detector = Detector(All, 1, -9_999);
        Answers(detector, 0, 0, 500, 500, 500, 500, 500);
        Answers(detector, 0, 30_002, 500, 500, 500, 500, 500);   // the tick at 30,001 ms let it back
        Assert.Equal(["-0 Consecutive5xx 30000", "+0 30001", "-0 Consecutive5xx 60000"], _log.Events);
        detector.Advance(Ms(100_000));
        Assert.Equal(["-0 Consecutive5xx 30000", "+0 30001", "-0 Consecutive5xx 60000"], _log.Events);   // the tick at 90,001 ms is a millisecond early
        detector.Advance(Ms(100_001));
        Assert.Equal("+0 69999", _log.Events[^1]);
    }

    [Fact]
    public void Ejection_grows_to_its_maximum_and_a_healthy_tick_takes_one_step_back()
    {
        var detector = Detector(All with { BaseEjectionTime = TimeSpan.FromSeconds(100) }, 1);
        double at = 0;
        foreach (int lasts in (int[])[100, 200, 300, 300, 300])
        {
            Answers(detector, 0, at, 500, 500, 500, 500, 500);
            Assert.Equal($"-0 Consecutive5xx {lasts}000", _log.Events[^1]);
            at += lasts * 1000;
            detector.Advance(Ms(at));
            Assert.Equal($"+0 {lasts}000", _log.Events[^1]);
        }
        // Envoy counts up while multiplier * base < max + base, to 4 here; two ticks without ejection leave 2, and the next ejection makes it 3.
        detector.Advance(Ms(at + 20_000));
        Answers(detector, 0, at + 20_000, 500, 500, 500, 500, 500);
        Assert.Equal("-0 Consecutive5xx 300000", _log.Events[^1]);
        detector.Advance(Ms(at += 320_000));
        detector.Advance(Ms(at + 30_000));
        Answers(detector, 0, at + 30_000, 500, 500, 500, 500, 500);
        Assert.Equal("-0 Consecutive5xx 100000", _log.Events[^1]);
    }

    [Theory]
    [InlineData(9, 0.1, 0)]     // since Envoy PR 27909: 100 * 1 / 9 is above 10
    [InlineData(10, 0.1, 1)]
    [InlineData(19, 0.1, 1)]
    [InlineData(20, 0.1, 2)]
    [InlineData(100, 0.29, 29)]
    [InlineData(3, 0.34, 1)]
    [InlineData(3, 0.33, 0)]
    [InlineData(7, 1.0, 7)]
    [InlineData(7, 0.0, 0)]
    public void No_more_are_ejected_than_the_maximum(int hosts, double most, int ejected)
    {
        var detector = Detector(new OutlierDetectionConfig { MaxEjectionPercent = most }, hosts);
        for (int i = 0; i < hosts; i++) Answers(detector, i, 0, 500, 500, 500, 500, 500);
        Assert.Equal(ejected, detector.EjectedCount);
        Assert.Equal(hosts - ejected, detector.Overflows);
    }

    [Fact]
    public void One_may_always_be_ejected_if_so_set()
    {
        var detector = Detector(new OutlierDetectionConfig { AlwaysEjectOneHost = true }, 3);
        for (int i = 0; i < 3; i++) Answers(detector, i, 0, 500, 500, 500, 500, 500);
        Assert.Equal((1, 2), (detector.EjectedCount, detector.Overflows));
    }

    [Fact]
    public void Counter_begins_again_after_a_detection_that_ejected_nobody()
    {
        var detector = Detector(new OutlierDetectionConfig(), 1);
        Answers(detector, 0, 0, 500, 500, 500, 500, 500, 500, 500, 500, 500);
        Assert.Equal(1, detector.Detections);
        Answers(detector, 0, 0, 500);
        Assert.Equal((2, 2), (detector.Detections, detector.Overflows));
    }

    [Fact]
    public void Other_5xx_begins_the_count_of_gateway_failures_again()
    {
        var config = All with { Consecutive5xx = 0, ConsecutiveGatewayFailure = 3, EnforcingConsecutiveGatewayFailure = 1 };
        var detector = Detector(config, 1);
        Answers(detector, 0, 0, 502, 503, 500, 504, 502);
        Assert.Empty(_log.Events);
        Answers(detector, 0, 0, 503);
        Assert.Equal(["-0 ConsecutiveGatewayFailure 30000"], _log.Events);
    }

    [Fact]
    public void Gateway_failures_alone_eject_nobody_by_default()
    {
        var detector = Detector(All with { Consecutive5xx = 0 }, 1);
        Answers(detector, 0, 0, 503, 503, 503, 503, 503);
        Assert.Equal((1, 0), (detector.Detections, detector.EjectedCount));
    }

    [Fact]
    public void Enforcement_is_drawn()
    {
        var detector = Detector(All with { EnforcingConsecutive5xx = 0.3, Consecutive5xx = 1 }, 2000);
        for (int i = 0; i < 2000; i++) Answers(detector, i, 0, 500);
        Assert.InRange(detector.EjectedCount, 600 - 6 * 21, 600 + 6 * 21);   // six standard deviations of a binomial
    }

    [Fact]
    public void Jitter_is_whole_milliseconds_up_to_its_maximum()
    {
        var detector = Detector(All with { Consecutive5xx = 1, MaxEjectionTimeJitter = TimeSpan.FromMilliseconds(3) }, 200);
        for (int i = 0; i < 200; i++) Answers(detector, i, 0, 500);
        var times = _log.Events.Select(e => e.Split(' ')[2]).Distinct().Order();
        Assert.Equal(["30000", "30001", "30002", "30003"], times);
    }

    [Theory]
    [InlineData(503, ResponseFlags.UF, 1)]
    [InlineData(503, ResponseFlags.UC, 1)]
    [InlineData(503, ResponseFlags.UR, 1)]
    [InlineData(504, ResponseFlags.UT, 1)]
    [InlineData(200, ResponseFlags.UC, 1)]     // the body broke off: the 200 counts, and then the reset
    [InlineData(200, ResponseFlags.UT, 0)]     // time was up within the body
    [InlineData(503, ResponseFlags.FI, 1)]     // an injected fault at the attempt looks like the endpoint's
    [InlineData(503, ResponseFlags.UO, 0)]     // this proxy's own refusals say nothing
    [InlineData(503, ResponseFlags.CO, 0)]
    [InlineData(0, ResponseFlags.DC, 0)]
    [InlineData(200, ResponseFlags.None, 0)]
    public void Failures_of_this_side_count_as_5xx(int status, ResponseFlags flags, int detections)
    {
        var detector = Detector(All with { Consecutive5xx = 1 }, 1);
        detector.Ended(0, Sample(0, status, flags));
        Assert.Equal(detections, detector.Detections);
    }

    [Theory]
    [InlineData(2, 500)]
    [InlineData(14, 503)]
    [InlineData(4, 504)]
    [InlineData(8, 0)]     // RESOURCE_EXHAUSTED is a 429
    [InlineData(0, 0)]
    public void Grpc_status_counts_as_the_status_that_Envoy_maps_it_to(int grpc, int failure)
    {
        var detector = Detector(All with { Consecutive5xx = 1 }, 1);
        detector.Ended(0, Sample(0, 200, grpc: grpc));
        Assert.Equal(failure == 0 ? 0 : 1, detector.Detections);
    }

    [Fact]
    public void Split_counts_failures_of_this_side_apart()
    {
        var detector = Detector(All with { SplitExternalLocalOriginErrors = true, ConsecutiveLocalOriginFailure = 2 }, 2);
        for (int i = 0; i < 5; i++) detector.Ended(0, Sample(0, 504, ResponseFlags.UT));   // each got its connection, which begins the count again
        Assert.Empty(_log.Events);
        detector.Ended(0, Sample(0, 503, ResponseFlags.UF));
        Assert.Equal(["-0 ConsecutiveLocalOriginFailure 30000"], _log.Events);
        Answers(detector, 1, 0, 500, 500, 500, 500, 500);
        Assert.Equal("-1 Consecutive5xx 30000", _log.Events[^1]);
    }

    [Fact]
    public void Passed_health_check_returns_an_ejected_endpoint_between_ticks()
    {
        var detector = Detector(All, 1);
        Answers(detector, 0, 1, 500, 500, 500, 500, 500);
        detector.CheckPassed(0, Ms(3));
        Assert.Equal(["-0 Consecutive5xx 30000", "+0 2"], _log.Events);

        detector.Update([], Ms(4));   // as when the policy changes
        detector = Detector(All with { SuccessfulActiveHealthCheckUnejectHost = false }, 1);
        Answers(detector, 0, 1, 500, 500, 500, 500, 500);
        detector.CheckPassed(0, Ms(3));
        Assert.Equal(1, detector.EjectedCount);
    }

    [Fact]
    public void Endpoint_that_leaves_is_not_counted_as_ejected_and_comes_back_as_new()
    {
        var detector = Detector(new OutlierDetectionConfig { MaxEjectionPercent = 0.5 }, 2);
        Answers(detector, 1, 0, 500, 500, 500, 500, 500);
        detector.Update(Members(1), Ms(1));
        Assert.Equal(0, detector.EjectedCount);
        Answers(detector, 1, 2, 500, 500, 500, 500, 500);   // stragglers
        Assert.Equal(0, detector.EjectedCount);
        detector.Update(Members(2), Ms(3));
        Answers(detector, 1, 4, 500, 500, 500, 500);
        Assert.Equal(0, detector.EjectedCount);
        Answers(detector, 1, 4, 500);
        Assert.Equal("-1 Consecutive5xx 30000", _log.Events[^1]);   // not 60 s: nothing is known of its past
    }
}
