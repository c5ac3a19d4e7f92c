using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Envoy's ejection of endpoints.</summary>
internal static class OutlierDetectionSection
{
    /// <summary>Envoy's ejection of endpoints.</summary>
    public static readonly Section<OutlierDetectionConfig> OutlierDetection = new Section<OutlierDetectionConfig>(
        "outlierDetection", "outlier detection such as {consecutive5xx: 5}", () => new OutlierDetectionConfig())
    {
        { "consecutive5xx", Values.Count(0), (outlier, value) => outlier with { Consecutive5xx = value }, "5xx answers in a row that eject; 0 switches the rule off. Default 5." },
        { "consecutiveGatewayFailure", Values.Count(0), (outlier, value) => outlier with { ConsecutiveGatewayFailure = value }, "502, 503 or 504 answers in a row that eject, where enforced. Default 5." },
        { "consecutiveLocalOriginFailure", Values.Count(0), (outlier, value) => outlier with { ConsecutiveLocalOriginFailure = value }, "Failed connections, resets and time-outs in a row that eject, where split. Default 5." },
        { "interval", Values.PositiveDuration, (outlier, value) => outlier with { Interval = value }, "Time between ticks: on a tick rates are judged and endpoints return. Default 10s." },
        { "baseEjectionTime", Values.PositiveDuration, (outlier, value) => outlier with { BaseEjectionTime = value }, "How long the first ejection lasts; the n-th lasts n times as long. Default 30s." },
        { "maxEjectionTime", Values.PositiveDuration, (outlier, value) => outlier with { MaxEjectionTime = value }, "Longest ejection. Default the larger of 300s and baseEjectionTime." },
        { "maxEjectionTimeJitter", Values.Duration, (outlier, value) => outlier with { MaxEjectionTimeJitter = value }, "A drawn time of up to this is added to each ejection. Default 0." },
        { "maxEjectionPercent", Values.Percent, (outlier, value) => outlier with { MaxEjectionPercent = value }, "Largest share of the endpoints ejected at a time. Default 10%: of fewer than 10 none is ever ejected." },
        { "alwaysEjectOneHost", Values.Flag, (outlier, value) => outlier with { AlwaysEjectOneHost = value }, "Whether one endpoint may be ejected whatever maxEjectionPercent says. Default false." },
        { "splitExternalLocalOriginErrors", Values.Flag, (outlier, value) => outlier with { SplitExternalLocalOriginErrors = value }, "Whether failures of the caller's side are counted apart. Default false: they count as 503 and 504." },
        { "enforcingConsecutive5xx", Values.Percent, (outlier, value) => outlier with { EnforcingConsecutive5xx = value }, "Probability that a detection by consecutive5xx ejects. Default 100%." },
        { "enforcingConsecutiveGatewayFailure", Values.Percent, (outlier, value) => outlier with { EnforcingConsecutiveGatewayFailure = value }, "The same by consecutiveGatewayFailure. Default 0%." },
        { "enforcingConsecutiveLocalOriginFailure", Values.Percent, (outlier, value) => outlier with { EnforcingConsecutiveLocalOriginFailure = value }, "The same by consecutiveLocalOriginFailure. Default 100%." },
        { "enforcingSuccessRate", Values.Percent, (outlier, value) => outlier with { EnforcingSuccessRate = value }, "The same by success rate. Default 100%." },
        { "enforcingLocalOriginSuccessRate", Values.Percent, (outlier, value) => outlier with { EnforcingLocalOriginSuccessRate = value }, "The same by success rate of the caller's side. Default 100%." },
        { "enforcingFailurePercentage", Values.Percent, (outlier, value) => outlier with { EnforcingFailurePercentage = value }, "The same by failure percentage. Default 0%." },
        { "enforcingFailurePercentageLocalOrigin", Values.Percent, (outlier, value) => outlier with { EnforcingFailurePercentageLocalOrigin = value }, "The same by failure percentage of the caller's side. Default 0%." },
        { "successRateMinimumHosts", Values.Count(0), (outlier, value) => outlier with { SuccessRateMinimumHosts = value }, "Endpoints with enough requests before success rates are compared. Default 5." },
        { "successRateRequestVolume", Values.Count(0), (outlier, value) => outlier with { SuccessRateRequestVolume = value }, "Requests to an endpoint in an interval before its success rate counts. Default 100." },
        { "successRateStdevFactor", Values.Count(0), (outlier, value) => outlier with { SuccessRateStdevFactor = value }, "Thousandths of the standard deviation below the mean at which a success rate stands out. Default 1900." },
        { "failurePercentageThreshold", Values.Percent, (outlier, value) => outlier with { FailurePercentageThreshold = value }, "Share of failures from which an endpoint is detected. Default 85%." },
        { "failurePercentageMinimumHosts", Values.Count(0), (outlier, value) => outlier with { FailurePercentageMinimumHosts = value }, "Endpoints with enough requests before failure percentages are judged. Default 5." },
        { "failurePercentageRequestVolume", Values.Count(0), (outlier, value) => outlier with { FailurePercentageRequestVolume = value }, "Requests to an endpoint in an interval before its failure percentage counts. Default 50." },
        { "successfulActiveHealthCheckUnejectHost", Values.Flag, (outlier, value) => outlier with { SuccessfulActiveHealthCheckUnejectHost = value }, "Whether a health check that passes returns an ejected endpoint at once. Default true." },
    }
    .Check(CheckTimes);

    private static void CheckTimes(OutlierDetectionConfig outlier, YamlMap map, Reading reading)
    {
        if (outlier.MaxEjectionTime is { } max && max < outlier.BaseEjectionTime)
            reading.Error(map.Find("maxEjectionTime")!.Value, $"the longest ejection is below baseEjectionTime, {outlier.BaseEjectionTime.TotalSeconds:0.###}s; Envoy refuses that too.");
    }
}
