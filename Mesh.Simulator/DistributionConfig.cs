namespace Mesh.Simulator;

/// <summary>A distribution of times, in seconds, by parameters that people have at hand. What combinations each family takes, <see cref="DistributionKind"/> says.</summary>
public sealed record DistributionConfig
{
    /// <summary>The family; <see cref="DistributionKind.Auto"/> picks by the parameters given.</summary>
    public DistributionKind Kind { get; init; }

    /// <summary>The mean.</summary>
    public double? Mean { get; init; }

    /// <summary>The median.</summary>
    public double? P50 { get; init; }

    /// <summary>The 90th percentile.</summary>
    public double? P90 { get; init; }

    /// <summary>The 95th percentile.</summary>
    public double? P95 { get; init; }

    /// <summary>The 99th percentile.</summary>
    public double? P99 { get; init; }

    /// <summary>The 99.9th percentile.</summary>
    public double? P999 { get; init; }

    /// <summary>The standard deviation divided by the mean.</summary>
    public double? Cv { get; init; }

    /// <summary>The smallest value (uniform, Pareto, empirical).</summary>
    public double? Min { get; init; }

    /// <summary>The largest value (uniform, empirical).</summary>
    public double? Max { get; init; }

    /// <summary>The shape parameter (gamma, Weibull, Pareto).</summary>
    public double? Shape { get; init; }

    /// <summary>Always <paramref name="value"/>.</summary>
    public static DistributionConfig Constant(double value) => new() { Kind = DistributionKind.Constant, Mean = value };
}

/// <summary>The families by name.</summary>
public enum DistributionKind
{
    /// <summary>Mean alone: exponential. Two of mean, cv and percentiles: lognormal. Minimum and maximum alone: uniform. Four or more of minimum, percentiles and maximum: empirical.</summary>
    Auto,
    /// <summary>Always the mean. <c>constant</c></summary>
    Constant,
    /// <summary>By the mean or a percentile. <c>exponential</c></summary>
    Exponential,
    /// <summary>By two of mean, cv and percentiles. <c>lognormal</c></summary>
    Lognormal,
    /// <summary>By the mean, and shape, cv or a percentile. <c>gamma</c></summary>
    Gamma,
    /// <summary>By the mean, and shape, cv or a percentile. <c>weibull</c></summary>
    Weibull,
    /// <summary>By the minimum or the mean, and shape (above 1), cv or a percentile; or by minimum and mean. <c>pareto</c></summary>
    Pareto,
    /// <summary>By minimum and maximum. <c>uniform</c></summary>
    Uniform,
    /// <summary>
    /// By two or more of min, p50, p90, p95, p99, p999 and max, linear between them. Without min it starts at 0; without max the last line goes on to the end. <c>empirical</c>
    /// </summary>
    Empirical,
    /// <summary>By the mean, and cv (at most a third) or a percentile; cut at 0 and at twice the mean. <c>normal</c></summary>
    Normal,
}
