namespace Mesh.Runtime.Model;

/// <summary>
/// A second attempt beside a slow first one; the first good answer wins, and the other attempts are given up
/// (Dean and Barroso, "The Tail at Scale", CACM 2013).
/// </summary>
public sealed record HedgeConfig
{
    /// <summary>How long an attempt is waited for; with <see cref="Percentile"/>, only until enough samples are there. <c>null</c>: no fixed delay. Default none.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>The share of recent attempts, above 0 and below 1, that are faster than the delay: 0.95 hedges about 5% of the requests. Default none.</summary>
    public double? Percentile { get; init; }

    /// <summary>How long an attempt's latency counts for <see cref="Percentile"/>, 100 ms or more. Default 30 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in the window before <see cref="Percentile"/> is believed, 1 or more. Default 100.</summary>
    public int MinSamples { get; init; } = 100;

    /// <summary>The delay is never shorter than this. Default 1 ms.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Attempts beside the first, 1 or more; each starts one delay after the one before. Default 1.</summary>
    public int MaxExtra { get; init; } = 1;

    /// <summary>Whether the per-try time-out starts a hedge and leaves the slow attempt running, instead of ending it (Envoy's <c>hedge_on_per_try_timeout</c>). It takes a retry of the policy's. Default false (Envoy).</summary>
    public bool OnPerTryTimeout { get; init; }

    /// <summary>Extra load allowed: hedges for each request, above 0, over 10 s. Default 0.1.</summary>
    public double Budget { get; init; } = 0.1;
}
