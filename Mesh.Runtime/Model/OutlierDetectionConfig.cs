namespace Mesh.Runtime.Model;

/// <summary>
/// Ejection of endpoints that fail: Envoy's outlier detection, one detector per proxy and service. Names and defaults are Envoy's
/// (<c>envoy.config.cluster.v3.OutlierDetection</c>); shares are 0 to 1 here where Envoy counts percent.
/// </summary>
public sealed record OutlierDetectionConfig
{
    /// <summary>5xx answers in a row that eject; 0 switches the rule off. Default 5.</summary>
    public int Consecutive5xx { get; init; } = 5;

    /// <summary>502, 503 or 504 answers in a row that eject; 0 switches the rule off. Default 5, not enforced.</summary>
    public int ConsecutiveGatewayFailure { get; init; } = 5;

    /// <summary>Failures of this side in a row (no connection, reset, time-out) that eject; only with <see cref="SplitExternalLocalOriginErrors"/>. Default 5.</summary>
    public int ConsecutiveLocalOriginFailure { get; init; } = 5;

    /// <summary>The time between ticks: on a tick success rates are judged and endpoints return. Above 0. Default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the first ejection lasts; the n-th lasts n times as long. Default 30 s.</summary>
    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest ejection, not below <see cref="BaseEjectionTime"/>. Default: the larger of 300 s and <see cref="BaseEjectionTime"/>.</summary>
    public TimeSpan? MaxEjectionTime { get; init; }

    /// <summary>A drawn time of up to this much is added to each ejection, in whole milliseconds. Default 0.</summary>
    public TimeSpan MaxEjectionTimeJitter { get; init; }

    /// <summary>
    /// Largest share of the service's endpoints ejected at a time, 0 to 1: one more is ejected only if the share does not exceed this with it.
    /// Default 0.1, so of fewer than 10 endpoints none is ever ejected.
    /// </summary>
    public double MaxEjectionPercent { get; init; } = 0.1;

    /// <summary>Whether one endpoint may be ejected whatever <see cref="MaxEjectionPercent"/> says. Default false.</summary>
    public bool AlwaysEjectOneHost { get; init; }

    /// <summary>Whether failures of this side are counted apart from the endpoint's answers. Default false: they count as 503 and 504.</summary>
    public bool SplitExternalLocalOriginErrors { get; init; }

    /// <summary>Probability, 0 to 1, that a detection by <see cref="Consecutive5xx"/> ejects. Default 1.</summary>
    public double EnforcingConsecutive5xx { get; init; } = 1;

    /// <summary>Probability, 0 to 1, that a detection by <see cref="ConsecutiveGatewayFailure"/> ejects. Default 0.</summary>
    public double EnforcingConsecutiveGatewayFailure { get; init; }

    /// <summary>Probability, 0 to 1, that a detection by <see cref="ConsecutiveLocalOriginFailure"/> ejects. Default 1.</summary>
    public double EnforcingConsecutiveLocalOriginFailure { get; init; } = 1;

    /// <summary>Probability, 0 to 1, that a detection by success rate ejects. Default 1.</summary>
    public double EnforcingSuccessRate { get; init; } = 1;

    /// <summary>The same for the success rate of this side's failures. Default 1.</summary>
    public double EnforcingLocalOriginSuccessRate { get; init; } = 1;

    /// <summary>Probability, 0 to 1, that a detection by failure percentage ejects. Default 0.</summary>
    public double EnforcingFailurePercentage { get; init; }

    /// <summary>The same for the failure percentage of this side's failures. Default 0.</summary>
    public double EnforcingFailurePercentageLocalOrigin { get; init; }

    /// <summary>Endpoints with enough requests in an interval before their success rates are compared. Default 5.</summary>
    public int SuccessRateMinimumHosts { get; init; } = 5;

    /// <summary>Requests to an endpoint in an interval before its success rate counts. Default 100.</summary>
    public int SuccessRateRequestVolume { get; init; } = 100;

    /// <summary>An endpoint is detected when its success rate is below the mean by more than this many thousandths of the standard deviation. Default 1900.</summary>
    public int SuccessRateStdevFactor { get; init; } = 1900;

    /// <summary>Share of failures, 0 to 1, from which an endpoint is detected. Default 0.85.</summary>
    public double FailurePercentageThreshold { get; init; } = 0.85;

    /// <summary>Endpoints with enough requests in an interval before their failure percentages are judged. Default 5.</summary>
    public int FailurePercentageMinimumHosts { get; init; } = 5;

    /// <summary>Requests to an endpoint in an interval before its failure percentage counts. Default 50.</summary>
    public int FailurePercentageRequestVolume { get; init; } = 50;

    /// <summary>Whether an active health check that passes returns an ejected endpoint at once. Default true.</summary>
    public bool SuccessfulActiveHealthCheckUnejectHost { get; init; } = true;

    /// <summary><see cref="MaxEjectionTime"/> with its default.</summary>
    internal TimeSpan LongestEjection =>
        MaxEjectionTime ?? (BaseEjectionTime > TimeSpan.FromSeconds(300) ? BaseEjectionTime : TimeSpan.FromSeconds(300));
}
