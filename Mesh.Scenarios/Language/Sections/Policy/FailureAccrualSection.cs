using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Linkerd's endpoint breaker.</summary>
internal static class FailureAccrualSection
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(10);

    private static readonly Section<AccrualRateConfig> SuccessRate = new Section<AccrualRateConfig>(
        "accrualSuccessRate", "a rule on the success rate such as {threshold: 80%}", () => new AccrualRateConfig())
    {
        { "threshold", Values.Percent, (rate, value) => rate with { Threshold = value }, "Share of successes below which the endpoint is shut; 0% switches the rule off. Default 80%." },
        { "window", Values.PositiveDuration, (rate, value) => rate with { Window = value }, "The time over which the share is taken, 10ms or more. Default 10s." },
        { "minRequests", Values.Count(0), (rate, value) => rate with { MinRequests = value }, "Answers in the window before the share counts. Default 5." },
    }
    .Check(CheckWindow);

    /// <summary>Linkerd's endpoint breaker.</summary>
    public static readonly Section<FailureAccrualConfig> FailureAccrual = new Section<FailureAccrualConfig>(
        "failureAccrual", "failure accrual such as {maxFailures: 7}", () => new FailureAccrualConfig())
    {
        { "maxFailures", Values.Count(0), (accrual, value) => accrual with { MaxFailures = value }, "Failures in a row that shut an endpoint; 0 switches the rule off. Default 7." },
        { "minPenalty", Values.PositiveDuration, (accrual, value) => accrual with { MinPenalty = value }, "How long an endpoint is shut before one request may try it; doubled with each try that fails. Default 1s." },
        { "maxPenalty", Values.PositiveDuration, (accrual, value) => accrual with { MaxPenalty = value }, "The longest time between tries. Default 60s." },
        { "jitterRatio", Values.PercentUpTo(100, "at most 10000%"), (accrual, value) => accrual with { JitterRatio = value }, "Largest share of the penalty that is drawn and added to it. Default 50%." },
        { "successRate", SuccessRate, (accrual, value) => accrual with { SuccessRate = value }, "Shut on a low success rate too (Linkerd's unified breaker). Default none." },
        { "honorRetryAfter", Values.Flag, (accrual, value) => accrual with { HonorRetryAfter = value }, "Whether an answer's Retry-After lengthens the first penalty. Default false." },
    }
    .Check(CheckPenalties);

    private static void CheckPenalties(FailureAccrualConfig accrual, YamlMap map, Reading reading)
    {
        if (accrual.MaxPenalty >= accrual.MinPenalty) return;
        var place = map.Find("maxPenalty") ?? map.Find("minPenalty")!;
        reading.Error(place.Value, $"the longest penalty, {accrual.MaxPenalty.TotalSeconds:0.###}s, is below the first, {accrual.MinPenalty.TotalSeconds:0.###}s.");
    }

    private static void CheckWindow(AccrualRateConfig rate, YamlMap map, Reading reading)
    {
        if (rate.Window < ShortestWindow) reading.Error(map.Find("window")!.Value, "the window is below 10ms, the shortest that Linkerd takes.");
    }
}
