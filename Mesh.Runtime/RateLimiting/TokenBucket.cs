using Mesh.Runtime.Model;

namespace Mesh.Runtime.RateLimiting;

/// <summary>
/// A token bucket that refills without steps and without a timer: what was refilled is worked out when a token is asked for (Envoy's <c>AtomicTokenBucket</c>).
/// Tokens are kept as the time that refilling them takes, which is exact where a token takes a whole number of ticks.
/// In any time T no more than <c>burst + rate * T</c> tokens are given.
/// </summary>
internal struct TokenBucket
{
    private const double Rounding = 1e-3;   // ticks; a token whose last ten-thousandth of a microsecond is missing counts as there
    private double _credit;
    private long _at;

    /// <summary>A full bucket.</summary>
    public static TokenBucket Full(in TokenRate rate, long now) => new() { _credit = rate.Capacity, _at = now };

    /// <summary>Takes tokens when there are enough, or none.</summary>
    public bool TryTake(in TokenRate rate, double tokens, long now)
    {
        Refill(rate, now);
        double needed = tokens * rate.TicksPerToken;
        if (_credit + Rounding < needed) return false;
        _credit = Math.Max(0, _credit - needed);
        return true;
    }

    /// <summary>Ticks until so many tokens are there, rounded up; 0 when they are. More than the bucket holds are never there: the time for a full one is told.</summary>
    public long WaitFor(in TokenRate rate, double tokens, long now)
    {
        Refill(rate, now);
        return (long)Math.Ceiling(Math.Max(0, Math.Min(tokens * rate.TicksPerToken, rate.Capacity) - _credit - Rounding));
    }

    /// <summary>The tokens there.</summary>
    public double Tokens(in TokenRate rate, long now)
    {
        Refill(rate, now);
        return _credit / rate.TicksPerToken;
    }

    private void Refill(in TokenRate rate, long now)
    {
        _credit = Math.Min(rate.Capacity, _credit + (now - _at));
        _at = now;
    }
}

/// <summary>How fast a bucket refills and how much it holds.</summary>
internal readonly struct TokenRate
{
    /// <summary>The rate of a policy.</summary>
    public TokenRate(TokenBucketConfig config)
    {
        TicksPerToken = TimeSpan.TicksPerSecond / config.Rate;
        Capacity = config.Burst * TicksPerToken;
    }

    /// <summary>Ticks that refilling one token takes.</summary>
    public double TicksPerToken { get; }

    /// <summary>Ticks that refilling the empty bucket takes.</summary>
    public double Capacity { get; }
}
