namespace Mesh.Runtime.Model;

/// <summary>How a concurrency limit is found.</summary>
public enum ConcurrencyAlgorithm
{
    /// <summary>Envoy's gradient controller: the latency under almost no load against the latency of now.</summary>
    Gradient,

    /// <summary>Netflix's Vegas: the length of the queue that the latency betrays, kept between two bounds.</summary>
    Vegas,

    /// <summary>Netflix's Gradient2: the latency's long average against its newest value.</summary>
    Gradient2,

    /// <summary>Additive increase, multiplicative decrease, on time-outs and refusals (Netflix's AIMD).</summary>
    Aimd,
}

/// <summary>
/// A concurrency limit that the callee's sidecar finds by itself: <c>gradient</c> as Envoy does it, the others as Netflix's concurrency-limits.
/// A <c>null</c> bound is the algorithm's own default.
/// </summary>
public sealed record AdaptiveConcurrencyConfig
{
    /// <summary>How the limit is found. Default <see cref="ConcurrencyAlgorithm.Gradient"/>.</summary>
    public ConcurrencyAlgorithm Algorithm { get; init; }

    /// <summary>Lowest limit, 1 or more; with <c>gradient</c> also the limit while the least latency is measured. Default: gradient 3 (Envoy), vegas 1, gradient2 and aimd 20 (Netflix).</summary>
    public int? MinLimit { get; init; }

    /// <summary>Highest limit. Default: gradient and vegas 1000, gradient2 and aimd 200.</summary>
    public int? MaxLimit { get; init; }

    /// <summary>The limit to begin with, where it is not measured. Default: 20 (Netflix); <c>gradient</c> begins at <see cref="MinLimit"/>.</summary>
    public int? InitialLimit { get; init; }

    /// <summary><c>gradient</c>: how often the limit is computed, 1 ms or more. Default 100 ms (required in Envoy; this is its documentation's example).</summary>
    public TimeSpan UpdateInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary><c>gradient</c>: which quantile of a window's latencies stands for it, 0 to 1. Default 0.5 (Envoy).</summary>
    public double Percentile { get; init; } = 0.5;

    /// <summary><c>gradient</c>: how often the least latency is measured anew, 1 ms or more. Default 60 s (required in Envoy; this is its documentation's example).</summary>
    public TimeSpan MinRttInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary><c>gradient</c>: answers that such a measurement takes. Default 50 (Envoy).</summary>
    public int MinRttRequests { get; init; } = 50;

    /// <summary><c>gradient</c>: share of the interval, 0 to 1, that is drawn on top of it, so that replicas do not measure together. Default 0.15 (Envoy).</summary>
    public double MinRttJitter { get; init; } = 0.15;

    /// <summary><c>gradient</c>: share by which latency may exceed the least one before the limit falls, 0 or more. Default 0.25 (Envoy).</summary>
    public double MinRttBuffer { get; init; } = 0.25;

    /// <summary><c>gradient</c>: a least latency that is known and never measured (Envoy's <c>fixed_value</c>). Default: measured.</summary>
    public TimeSpan? MinRtt { get; init; }

    /// <summary>
    /// Netflix's algorithms: answers are averaged over a window of this length, with 10 answers or more, before they count (<c>WindowedLimit</c>, there 1 s);
    /// <see cref="TimeSpan.Zero"/> lets each answer count by itself. Default 0 (Netflix's classes on their own).
    /// </summary>
    public TimeSpan Window { get; init; }

    /// <summary><c>vegas</c>: the least latency is taken anew after this many times the limit of answers, times a draw from 0.5 to 1. Default 30.</summary>
    public int ProbeMultiplier { get; init; } = 30;

    /// <summary><c>aimd</c>: what the limit is multiplied by when a request was dropped, 0.5 or more and below 1. Default 0.9.</summary>
    public double BackoffRatio { get; init; } = 0.9;

    /// <summary><c>aimd</c>: an answer later than this counts as dropped. Default 5 s.</summary>
    public TimeSpan LatencyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>vegas</c>, <c>gradient2</c>: weight of a new estimate, above 0 and at most 1. Default: vegas 1, gradient2 0.2.</summary>
    public double? Smoothing { get; init; }

    /// <summary><c>gradient2</c>: answers (or windows) over which the long average is taken. Default 600.</summary>
    public int LongWindow { get; init; } = 600;

    /// <summary><c>gradient2</c>: by what factor latency may exceed its long average before the limit falls, 1 or more. Default 1.5.</summary>
    public double Tolerance { get; init; } = 1.5;

    /// <summary><c>gradient2</c>: requests that may queue, by which the limit grows while latency is low. Default 4.</summary>
    public int QueueSize { get; init; } = 4;
}
