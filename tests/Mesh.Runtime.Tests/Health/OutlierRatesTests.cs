using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Tests.Health.HealthLog;

namespace Mesh.Runtime.Tests.Health;

public class OutlierRatesTests
{
    private static readonly OutlierDetectionConfig RatesOnly = new() { MaxEjectionPercent = 1, Consecutive5xx = 0 };
    private HealthLog _log = new();

    /// <summary>One interval's traffic: requests to each endpoint, and how many of them fail. Then the tick.</summary>
    private OutlierDetector Tick(OutlierDetectionConfig config, params (int Requests, int Failures)[] hosts)
    {
        _log = new HealthLog();
        var detector = new OutlierDetector(config, _log.States, _log, new KeyedRandom(1), proxy: 3, 0);
        detector.Update(Members(hosts.Length), 0);
        for (int host = 0; host < hosts.Length; host++)
            for (int i = 0; i < hosts[host].Requests; i++)
                detector.Ended(host, Sample(Ms(1), i < hosts[host].Failures ? 500 : 200));
        detector.Advance(config.Interval.Ticks);
        return detector;
    }

    private static (int, int)[] OneBad(int hosts, int requests, int failures) =>
        [(requests, failures), .. Enumerable.Repeat((requests, 0), hosts - 1)];

    /// <summary>The example in Envoy's source.</summary>
    [Fact]
    public void Threshold_is_the_mean_less_1_9_standard_deviations() =>
        Assert.Equal(52, OutlierRates.EjectionThreshold([50, 100, 100, 100, 100], 1.9), 12);

    /// <summary>One of n endpoints stands out only if √(n - 1) exceeds the factor: at 1.9, from five on, whatever the gap.</summary>
    [Theory]
    [InlineData(3, 100, 0)]
    [InlineData(4, 100, 0)]
    [InlineData(5, 1, 1)]
    [InlineData(5, 100, 1)]
    [InlineData(6, 50, 1)]
    public void Four_endpoints_never_have_an_outlier(int hosts, int failures, int ejected)
    {
        var detector = Tick(RatesOnly with { SuccessRateMinimumHosts = 1 }, OneBad(hosts, 100, failures));
        Assert.Equal(ejected, detector.EjectedCount);
        if (ejected > 0) Assert.Equal(["-0 SuccessRate 30000"], _log.Events);
    }

    [Theory]
    [InlineData(5, 100, 1)]
    [InlineData(4, 100, 0)]    // too few endpoints: sqrt(3) < 1.9 besides
    [InlineData(5, 99, 0)]     // too few requests
    public void Success_rate_needs_its_hosts_and_its_volume(int hosts, int requests, int ejected) =>
        Assert.Equal(ejected, Tick(RatesOnly, OneBad(hosts, requests, 50)).EjectedCount);

    [Fact]
    public void Only_whole_intervals_count()
    {
        var detector = new OutlierDetector(RatesOnly, _log.States, _log, new KeyedRandom(1), proxy: 3, 0);
        detector.Update(Members(5), 0);
        foreach (int ms in (int[])[9_000, 11_000])   // 60 requests on either side of the tick at 10 s
            for (int host = 0; host < 5; host++)
                for (int i = 0; i < 60; i++) detector.Ended(host, Sample(Ms(ms), host == 0 ? 500 : 200));
        detector.Advance(Ms(40_000));
        Assert.Equal(0, detector.EjectedCount);
    }

    [Theory]
    [InlineData(50, 43, 1, 1)]
    [InlineData(50, 42, 1, 0)]      // 84%
    [InlineData(20, 17, 1, 0)]      // too few requests
    [InlineData(50, 50, 0, 0)]      // Envoy's default: detected, not enforced
    public void Failure_percentage_ejects_from_its_threshold_where_enforced(int requests, int failures, double enforcing, int ejected)
    {
        var config = RatesOnly with { EnforcingFailurePercentage = enforcing, EnforcingSuccessRate = 0 };
        Assert.Equal(ejected, Tick(config, OneBad(5, requests, failures)).EjectedCount);
        if (ejected > 0) Assert.Equal(["-0 FailurePercentage 30000"], _log.Events);
    }

    [Fact]
    public void Endpoint_that_both_rules_find_is_ejected_once()
    {
        var detector = Tick(RatesOnly with { EnforcingFailurePercentage = 1 }, OneBad(5, 100, 100));
        Assert.Equal(1, detector.EjectedCount);
        Assert.Equal(["-0 SuccessRate 30000"], _log.Events);
    }

    [Fact]
    public void All_failing_alike_are_no_outliers_of_each_other_but_fail_too_often()
    {
        var all = Enumerable.Repeat((100, 100), 6).ToArray();
        Assert.Equal(0, Tick(RatesOnly, all).EjectedCount);
        Assert.Equal(6, Tick(RatesOnly with { EnforcingFailurePercentage = 1 }, all).EjectedCount);
    }

    [Fact]
    public void Split_judges_the_caller_s_side_by_its_own_rate()
    {
        var config = RatesOnly with { SplitExternalLocalOriginErrors = true, ConsecutiveLocalOriginFailure = 0 };
        var detector = new OutlierDetector(config, _log.States, _log, new KeyedRandom(1), proxy: 3, 0);
        detector.Update(Members(5), 0);
        for (int host = 0; host < 5; host++)
            for (int i = 0; i < 100; i++)
                detector.Ended(host, host == 4 ? Sample(1, 503, ResponseFlags.UF) : Sample(1, 200));
        detector.Advance(Ms(10_000));
        Assert.Equal(["-4 LocalOriginSuccessRate 30000"], _log.Events);
    }
}
