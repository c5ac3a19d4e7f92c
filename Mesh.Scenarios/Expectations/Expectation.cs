using Mesh.Reports.Results;

namespace Mesh.Scenarios.Expectations;

/// <summary>What must hold over all replications: <c>latency.p99{service=storefront, path=/home} &lt; 60ms</c>.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Filter">Of which traffic; what enters the mesh, when nothing else is said.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Limit">With what, in the metric's unit.</param>
internal sealed record Expectation(string Text, Metric Metric, EdgeFilter Filter, Comparison Comparison, double Limit)
{
    /// <summary>The fault that <see cref="Expectations.Metric.AfterFault"/> is about; empty for other metrics.</summary>
    public string Fault { get; init; } = "";
}

/// <summary>A comparison with a limit.</summary>
/// <param name="Sign">How it is written.</param>
/// <param name="Holds">Whether it holds for a value and a limit.</param>
internal sealed record Comparison(string Sign, Func<double, double, bool> Holds)
{
    public static IReadOnlyList<Comparison> All { get; } =
    [
        new("<", (value, limit) => value < limit),
        new("<=", (value, limit) => value <= limit),
        new(">", (value, limit) => value > limit),
        new(">=", (value, limit) => value >= limit),
        new("==", Near),
        new("!=", (value, limit) => !Near(value, limit)),
    ];

    /// <summary>Whether every value between the two ends compares alike, so that the whole interval has one answer.</summary>
    public bool? HoldsBetween(double low, double high, double limit)
    {
        bool first = Holds(low, limit);
        if (first != Holds(high, limit)) return null;
        bool straddles = low < limit && limit < high;
        return straddles && Sign is ("==" or "!=") ? null : first;
    }

    // Values are ratios of counts: equal up to rounding is equal.
    private static bool Near(double value, double limit) => Math.Abs(value - limit) <= 1e-9 * Math.Max(Math.Abs(value), Math.Abs(limit));
}
