using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A concurrency limit that finds itself.</summary>
internal static class AdaptiveConcurrencySection
{
    private const ConcurrencyAlgorithm Gradient = ConcurrencyAlgorithm.Gradient;
    private const ConcurrencyAlgorithm Vegas = ConcurrencyAlgorithm.Vegas;
    private const ConcurrencyAlgorithm Gradient2 = ConcurrencyAlgorithm.Gradient2;
    private const ConcurrencyAlgorithm Aimd = ConcurrencyAlgorithm.Aimd;

    /// <summary>Which algorithms have a key that not all of them have.</summary>
    private static readonly (string Key, ConcurrencyAlgorithm[] Algorithms)[] Own =
    [
        ("initialLimit", [Vegas, Gradient2, Aimd]), ("updateInterval", [Gradient]), ("percentile", [Gradient]), ("minRtt", [Gradient]),
        ("window", [Vegas, Gradient2, Aimd]), ("probeMultiplier", [Vegas]), ("backoffRatio", [Aimd]), ("latencyTimeout", [Aimd]),
        ("smoothing", [Vegas, Gradient2]), ("longWindow", [Gradient2]), ("tolerance", [Gradient2]), ("queueSize", [Gradient2]),
    ];

    private static readonly Section<AdaptiveConcurrencyConfig> MinRtt = new("minRtt", "the measuring of the least latency, such as {interval: 60s, requests: 50}", () => new AdaptiveConcurrencyConfig())
    {
        { "interval", Milliseconds, (limit, value) => limit with { MinRttInterval = value }, "How often the least latency is measured anew, 1ms or more. Default 60s." },
        { "requests", Values.Count(1), (limit, value) => limit with { MinRttRequests = value }, "Answers that a measurement takes. Default 50." },
        { "jitter", Values.Percent, (limit, value) => limit with { MinRttJitter = value }, "Share of the interval that is drawn on top of it. Default 15%." },
        { "buffer", Values.PercentUpTo(100, "at most 10000%"), (limit, value) => limit with { MinRttBuffer = value }, "Share by which latency may exceed the least one before the limit falls. Default 25%." },
        { "fixed", Values.PositiveDuration, (limit, value) => limit with { MinRtt = value }, "A least latency that is known and never measured. Default: measured." },
    };

    /// <summary>A concurrency limit that finds itself.</summary>
    public static readonly Section<AdaptiveConcurrencyConfig> AdaptiveConcurrency = new Section<AdaptiveConcurrencyConfig>(
        "adaptiveConcurrency", "adaptive concurrency such as {algorithm: gradient}", () => new AdaptiveConcurrencyConfig())
    {
        { "algorithm", Values.Choice<ConcurrencyAlgorithm>("an algorithm"), (limit, value) => limit with { Algorithm = value }, "gradient (Envoy), vegas, gradient2 or aimd (Netflix). Default gradient." },
        { "minLimit", Values.Count(1), (limit, value) => limit with { MinLimit = value }, "Lowest limit. Default gradient 3, vegas 1, gradient2 and aimd 20." },
        { "maxLimit", Values.Count(1), (limit, value) => limit with { MaxLimit = value }, "Highest limit. Default gradient and vegas 1000, gradient2 and aimd 200." },
        { "initialLimit", Values.Count(1), (limit, value) => limit with { InitialLimit = value }, "Not gradient: the limit to begin with. Default 20." },
        { "updateInterval", Milliseconds, (limit, value) => limit with { UpdateInterval = value }, "gradient: how often the limit is computed, 1ms or more. Default 100ms." },
        { "percentile", Values.Percent, (limit, value) => limit with { Percentile = value }, "gradient: which quantile of a window's latencies stands for it. Default 50%." },
        { "minRtt", MinRtt, ApplyMinRtt, "gradient: how the least latency is measured." },
        { "window", Values.Duration, (limit, value) => limit with { Window = value }, "Not gradient: answers are averaged over this time before they count; 0 lets each count by itself. Default 0." },
        { "probeMultiplier", Values.Count(1), (limit, value) => limit with { ProbeMultiplier = value }, "vegas: the least latency is taken anew after about this many times the limit of answers. Default 30." },
        { "backoffRatio", Values.Percent, (limit, value) => limit with { BackoffRatio = value }, "aimd: what is left of the limit when a request was dropped, 50% or more and below 100%. Default 90%." },
        { "latencyTimeout", Values.PositiveDuration, (limit, value) => limit with { LatencyTimeout = value }, "aimd: a later answer counts as dropped. Default 5s." },
        { "smoothing", Values.Percent, (limit, value) => limit with { Smoothing = value }, "vegas, gradient2: weight of a new estimate, above 0%. Default vegas 100%, gradient2 20%." },
        { "longWindow", Values.Count(1), (limit, value) => limit with { LongWindow = value }, "gradient2: answers (or windows) over which the long average is taken. Default 600." },
        { "tolerance", OverloadShapes.NumberFrom1, (limit, value) => limit with { Tolerance = value }, "gradient2: by what factor latency may exceed its long average before the limit falls. Default 1.5." },
        { "queueSize", Values.Count(0), (limit, value) => limit with { QueueSize = value }, "gradient2: by how much the limit grows while latency is low. Default 4." },
    }
    .Check(CheckKeys)
    .Check(CheckBounds);

    private static Shape<TimeSpan> Milliseconds => Values.PositiveDuration.Then((time, at, reading) =>
    {
        if (time < TimeSpan.FromMilliseconds(1)) reading.Error(at, "the interval is below 1ms, the shortest that Envoy takes.");
        return time;
    });

    private static AdaptiveConcurrencyConfig ApplyMinRtt(AdaptiveConcurrencyConfig limit, AdaptiveConcurrencyConfig minRtt) => limit with
    {
        MinRttInterval = minRtt.MinRttInterval, MinRttRequests = minRtt.MinRttRequests, MinRttJitter = minRtt.MinRttJitter, MinRttBuffer = minRtt.MinRttBuffer, MinRtt = minRtt.MinRtt,
    };

    private static void CheckKeys(AdaptiveConcurrencyConfig limit, YamlMap map, Reading reading)
    {
        foreach (var (key, algorithms) in Own)
        {
            if (algorithms.Contains(limit.Algorithm) || map.Find(key) is not { } entry) continue;
            reading.Error(entry, map, $"'{NameOf(limit.Algorithm)}' has no '{key}'; {string.Join(" and ", algorithms.Select(NameOf))} {(algorithms.Length == 1 ? "has" : "have")}.");
        }
    }

    private static void CheckBounds(AdaptiveConcurrencyConfig limit, YamlMap map, Reading reading)
    {
        (int least, int most) = (limit.MinLimit ?? DefaultLeast(limit.Algorithm), limit.MaxLimit ?? DefaultMost(limit.Algorithm));
        if (least > most) reading.Error((map.Find("minLimit") ?? map.Find("maxLimit")!).Value, $"the lowest limit {least} is above the highest, {most}.");
        else if (limit.InitialLimit is { } initial && (initial < least || initial > most)) reading.Error(map.Find("initialLimit")!.Value, $"{initial} is not between the lowest limit {least} and the highest, {most}.");
        if (limit.BackoffRatio is < 0.5 or >= 1) reading.Error(map.Find("backoffRatio")!.Value, "write 50% or more and below 100%, which is what Netflix's AIMD takes.");
        if (limit.Smoothing is <= 0) reading.Error(map.Find("smoothing")!.Value, "at 0% the limit would never move; write a share above 0%.");
    }

    private static int DefaultLeast(ConcurrencyAlgorithm algorithm) => algorithm switch { Gradient => 3, Vegas => 1, _ => 20 };

    private static int DefaultMost(ConcurrencyAlgorithm algorithm) => algorithm is Gradient or Vegas ? 1000 : 200;

    private static string NameOf(ConcurrencyAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();
}
