using Mesh.Runtime.Model;

namespace Mesh.Runtime.Health;

/// <summary>
/// The active health check of one endpoint by one proxy: when the next check is due, and what its result changes.
/// The rules are those of Envoy's <c>HealthCheckerImplBase</c>.
/// </summary>
internal sealed class HealthCheck
{
    private readonly HealthCheckConfig _config;
    private bool _first = true;
    private int _passed;
    private int _failed;

    /// <summary>An endpoint that is to be checked.</summary>
    /// <param name="config">The policy.</param>
    /// <param name="assumed">Whether requests may go to it before its first check: so it is where the proxy did not know the service before, while Envoy would hold the whole cluster back.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="random">64 uniform bits.</param>
    public HealthCheck(HealthCheckConfig config, bool assumed, long now, ulong random)
    {
        _config = config;
        IsUsable = assumed;
        long jitter = Milliseconds(config.InitialJitter);
        NextDue = now + (jitter == 0 ? 0 : Ticks(Math.Max(1, Modulo(random, jitter))));
    }

    /// <summary>Whether the checks find it healthy.</summary>
    public bool IsHealthy { get; private set; }

    /// <summary>Whether requests may go to it.</summary>
    public bool IsUsable { get; private set; }

    /// <summary>Whether the last passed check said that it is degraded.</summary>
    public bool IsDegraded { get; private set; }

    /// <summary>When the next check is due, in ticks; <see cref="long.MaxValue"/> while one is under way.</summary>
    public long NextDue { get; private set; }

    /// <summary>A check begins.</summary>
    /// <returns>When it has failed if no answer has come, in ticks.</returns>
    public long Begin(long now)
    {
        NextDue = long.MaxValue;
        return now + _config.Timeout.Ticks;
    }

    /// <summary>The check's result is there.</summary>
    /// <param name="result">What it is.</param>
    /// <param name="traffic">Whether the proxy has ever sent the service a request.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="random">64 uniform bits for the share of jitter.</param>
    /// <param name="random2">64 more for the time of jitter.</param>
    /// <returns>Whether <see cref="IsUsable"/> or <see cref="IsDegraded"/> changed.</returns>
    public bool Ended(CheckResult result, bool traffic, long now, ulong random, ulong random2)
    {
        bool usable = IsUsable, degraded = IsDegraded, passed = result is CheckResult.Passed or CheckResult.Degraded || (result == CheckResult.NotMade && IsHealthy), pending = false;
        if (result != CheckResult.NotMade)
        {
            pending = passed ? Pass() : Fail(result);
            if (passed) IsDegraded = result == CheckResult.Degraded;   // whatever the threshold says
            _first = false;
            IsUsable = IsHealthy;
        }
        long wait = Milliseconds(Interval(passed, pending, traffic));
        long share = (long)(_config.IntervalJitterPercent * wait + 1e-9), jitter = Milliseconds(_config.IntervalJitter);
        if (share > 0) wait += Modulo(random, share);
        if (jitter > 0) wait += Modulo(random2, jitter);
        NextDue = now + Ticks(Math.Max(1, wait));
        return usable != IsUsable || degraded != IsDegraded;
    }

    /// <returns>Whether more passes are needed.</returns>
    private bool Pass()
    {
        _failed = 0;
        if (IsHealthy) return false;
        if (!_first && ++_passed != _config.HealthyThreshold) return true;   // the first result of all counts at once
        IsHealthy = true;
        return false;
    }

    /// <returns>Whether more failures are needed.</returns>
    private bool Fail(CheckResult result)
    {
        _passed = 0;
        if (!IsHealthy) return false;
        if (result == CheckResult.NoAnswer && ++_failed != _config.UnhealthyThreshold) return true;
        IsHealthy = false;
        return false;
    }

    private TimeSpan Interval(bool passed, bool pending, bool traffic)
    {
        if (!traffic) return passed && !pending ? _config.NoTrafficHealthyInterval ?? _config.NoTrafficInterval : _config.NoTrafficInterval;
        if (passed) return pending ? _config.HealthyEdgeInterval ?? _config.Interval : _config.Interval;
        var unhealthy = _config.UnhealthyInterval ?? _config.Interval;
        return pending ? _config.UnhealthyEdgeInterval ?? unhealthy : unhealthy;
    }

    private static long Modulo(ulong random, long below) => (long)(random % (ulong)below);

    private static long Milliseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMillisecond;

    private static long Ticks(long milliseconds) => milliseconds * TimeSpan.TicksPerMillisecond;
}

/// <summary>What a health check found.</summary>
public enum CheckResult
{
    /// <summary>The endpoint answered as it should: 200, unless the policy says otherwise.</summary>
    Passed,
    /// <summary>It answered something else: it is unhealthy at once.</summary>
    Failed,
    /// <summary>The proxy itself did not run: nothing is known.</summary>
    NotMade,
    /// <summary>No connection, a reset, or no answer in time: several of them in a row make it unhealthy.</summary>
    NoAnswer,
    /// <summary>It answered 200, and that it is degraded (<c>x-envoy-degraded</c>): the check passed, and requests go elsewhere as far as others suffice.</summary>
    Degraded,
}
