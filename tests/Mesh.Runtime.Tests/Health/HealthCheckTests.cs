using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using static Mesh.Runtime.Tests.Health.HealthLog;

namespace Mesh.Runtime.Tests.Health;

public class HealthCheckTests
{
    private static readonly HealthCheckConfig Config = new()
    {
        Interval = TimeSpan.FromSeconds(5),
        UnhealthyInterval = TimeSpan.FromSeconds(6),
        UnhealthyEdgeInterval = TimeSpan.FromSeconds(1),
        HealthyEdgeInterval = TimeSpan.FromSeconds(2),
        UnhealthyThreshold = 3,
        HealthyThreshold = 2,
    };

    /// <summary>Checks one after the other. P passed, F failed, N no answer; the result is each time whether the endpoint is healthy, and the seconds to the next check.</summary>
    private static string Run(HealthCheckConfig config, string results, bool traffic = true, bool assumed = false)
    {
        var check = new HealthCheck(config, assumed, 0, 0);
        var seen = new List<string>();
        foreach (char result in results)
        {
            long now = check.NextDue;
            Assert.Equal(now + config.Timeout.Ticks, check.Begin(now));
            Assert.Equal(long.MaxValue, check.NextDue);
            check.Ended(result switch { 'P' => CheckResult.Passed, 'F' => CheckResult.Failed, _ => CheckResult.NoAnswer }, traffic, now, 0, 0);
            seen.Add($"{(check.IsHealthy ? '+' : '-')}{(check.NextDue - now) / TimeSpan.TicksPerSecond}");
        }
        return string.Join(' ', seen);
    }

    [Theory]
    [InlineData("PP", "+5 +5")]                          // the first check of all needs no second
    [InlineData("NPP", "-6 -2 +5")]                      // after a failure two in a row are needed
    [InlineData("NPNPP", "-6 -2 -6 -2 +5")]
    [InlineData("PNNPNNN", "+5 +1 +1 +5 +1 +1 -6")]      // three in a row without an answer
    [InlineData("PF", "+5 -6")]                          // a wrong answer at once
    [InlineData("PNNNN", "+5 +1 +1 -6 -6")]
    public void Thresholds_and_intervals_are_Envoy_s(string results, string expected) => Assert.Equal(expected, Run(Config, results));

    [Fact]
    public void Without_traffic_checks_are_rare()
    {
        Assert.Equal("+60 +60", Run(Config, "PN", traffic: false));
        Assert.Equal("+90 +60", Run(Config with { NoTrafficHealthyInterval = TimeSpan.FromSeconds(90) }, "PN", traffic: false));
    }

    [Fact]
    public void Failures_do_not_add_up_over_an_unhealthy_time() => Assert.Equal("+5 -6 -2 +5 +1", Run(Config, "PFPPN"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Endpoint_is_usable_before_its_first_check_only_where_assumed(bool assumed)
    {
        var check = new HealthCheck(Config, assumed, 0, 0);
        Assert.Equal(assumed, check.IsUsable);
        Assert.Equal(assumed, check.Ended(CheckResult.NoAnswer, true, 0, 0, 0));
        Assert.False(check.IsUsable);
        check.Ended(CheckResult.Passed, true, 0, 0, 0);
        Assert.True(check.Ended(CheckResult.Passed, true, 0, 0, 0));
        Assert.True(check.IsUsable);
    }

    [Fact]
    public void Degraded_is_said_by_the_last_passed_check_and_is_a_pass()
    {
        var check = new HealthCheck(Config, true, 0, 0);
        bool Ended(CheckResult result) => check.Ended(result, true, 0, 0, 0);
        Assert.True(Ended(CheckResult.Degraded));
        Assert.Equal((true, true), (check.IsUsable, check.IsDegraded));
        Assert.False(Ended(CheckResult.Degraded));
        Assert.False(Ended(CheckResult.NoAnswer));      // one of three; what it said before stands
        Assert.Equal((true, true), (check.IsUsable, check.IsDegraded));
        Assert.True(Ended(CheckResult.Passed));
        Assert.Equal((true, false), (check.IsUsable, check.IsDegraded));
    }

    [Fact]
    public void Jitter_is_drawn_below_its_bounds()
    {
        var config = new HealthCheckConfig { InitialJitter = TimeSpan.FromMilliseconds(100), IntervalJitterPercent = 0.1, IntervalJitter = TimeSpan.FromMilliseconds(50) };
        var check = new HealthCheck(config, false, 0, 142);
        Assert.Equal(Ms(42), check.NextDue);
        check.Ended(CheckResult.Passed, true, Ms(1000), 499, 49);
        Assert.Equal(Ms(1000 + 5000 + 499 + 49), check.NextDue);
        check.Ended(CheckResult.Passed, true, 0, 500, 50);
        Assert.Equal(Ms(5000), check.NextDue);
    }
}
