using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Security.Identities;

/// <summary>When a certificate is renewed. Defaults are Istio's.</summary>
public sealed record RenewalOptions
{
    /// <summary>The share of the lifetime that is left when renewal begins, 0 to 1. Default 0.5 (Istio's <c>SECRET_GRACE_PERIOD_RATIO</c>).</summary>
    public double GraceRatio { get; init; } = 0.5;

    /// <summary>By how much that share is moved at most, either way, so that sidecars started together do not renew together. Default 0.01 (Istio's <c>SECRET_GRACE_PERIOD_RATIO_JITTER</c>).</summary>
    public double GraceJitter { get; init; } = 0.01;

    /// <summary>The first wait after a failure; it doubles with each. Default 1 s.</summary>
    public TimeSpan RetryBase { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after a failure. Default 60 s.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the authority may take to answer. Default 10 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Decides when a certificate is renewed.</summary>
internal static class RenewalPolicy
{
    /// <summary>When renewal begins.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="received">When the certificate was received.</param>
    /// <param name="expires">When it expires.</param>
    /// <param name="draw">64 uniform bits.</param>
    public static DateTimeOffset RenewAt(RenewalOptions options, DateTimeOffset received, DateTimeOffset expires, ulong draw)
    {
        double ratio = options.GraceRatio + options.GraceJitter * (2 * KeyedRandom.ToUnit(draw) - 1);
        return expires - (expires - received) * Math.Clamp(ratio, 0, 1);
    }

    /// <summary>The wait after a failure: half of an interval that doubles up to the longest, and a drawn part of its other half.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="failures">How many there were in a row, 1 or more.</param>
    /// <param name="draw">64 uniform bits.</param>
    public static TimeSpan RetryAfter(RenewalOptions options, int failures, ulong draw)
    {
        var interval = options.RetryBase * Math.Pow(2, Math.Min(failures - 1, 30));
        if (interval > options.RetryMax) interval = options.RetryMax;
        return interval / 2 + interval / 2 * KeyedRandom.ToUnit(draw);
    }
}
