using Mesh.Reports.Results;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Expectations;

/// <summary>Something that a run measures and that an expectation may limit.</summary>
/// <param name="Name">Its name in expectations.</param>
/// <param name="Meaning">What it is, for messages and documentation.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Observe">Its value in one replication; NaN when nothing was seen.</param>
internal sealed record Metric(string Name, string Meaning, MetricUnit Unit, Func<EdgeTotals, double> Observe)
{
    // Samples that must lie beyond a quantile before its estimate is worth judging: with an interval over replications, and without.
    private const int TailOfEach = 10;
    private const int TailOfSingle = 100;
    private const int LeastOfSingle = 100;

    /// <summary>For latency quantiles the quantile, 0 to 1.</summary>
    public double? Quantile { get; init; }

    /// <summary>Its value in a replication after the fault of this name; <c>null</c> for metrics that are about traffic alone.</summary>
    public Func<ReplicationRecord, EdgeFilter, string, double>? AfterFault { get; init; }

    public static IReadOnlyList<Metric> All { get; } =
    [
        new("success_rate", "share of requests with a status of 1 to 499", MetricUnit.Ratio, totals => totals.SuccessRate),
        new("error_rate", "share of the other requests", MetricUnit.Ratio, totals => 1 - totals.SuccessRate),
        new("latency.mean", "mean latency from the intended start", MetricUnit.Seconds, totals => totals.Latency.Mean),
        Latency("p50", 0.5), Latency("p90", 0.9), Latency("p95", 0.95), Latency("p99", 0.99), Latency("p999", 0.999),
        new("latency.max", "largest latency from the intended start", MetricUnit.Seconds, totals => totals.Latency.Max),
        new("retry_amplification", "attempts per request", MetricUnit.Number, totals => totals.RetryAmplification),
        new("throughput", "requests that ended per second", MetricUnit.PerSecond, totals => totals.Throughput),
        new("requests", "requests that ended", MetricUnit.Count, totals => totals.Requests),
        new("attempts", "attempts of those requests", MetricUnit.Count, totals => totals.Attempts),
        new("ejections", "times that a proxy stopped sending to an endpoint", MetricUnit.Count, totals => totals.Ejections),
        new("recovery_time", "time from a fault's end until success rate and p99 are as before it", MetricUnit.Seconds, _ => double.NaN)
        {
            AfterFault = static (record, filter, fault) => RecoveryTime.Of(record, fault, filter),
        },
    ];

    /// <summary>
    /// Requests that one replication must have. A quantile needs 10 samples beyond it in each of several replications, and 100 in a single one,
    /// which has no interval to guard it; there a ratio needs 10 of the rarer outcome at the limit, and everything needs 100. Counts need none.
    /// </summary>
    public long Needed(double limit, bool single)
    {
        if (Unit is MetricUnit.Count or MetricUnit.PerSecond) return 0;
        if (Quantile is { } quantile) return (long)Math.Round((single ? TailOfSingle : TailOfEach) / (1 - quantile));
        if (!single) return 1;
        double rarer = Math.Min(limit, 1 - limit);
        return Unit == MetricUnit.Ratio && rarer > 0 ? Math.Max(LeastOfSingle, (long)Math.Ceiling((TailOfEach / rarer) - 1e-6)) : LeastOfSingle;
    }

    /// <summary>Parses a limit; the answer is what is wrong with it, or <c>null</c>.</summary>
    public string? ParseLimit(string text, out double limit)
    {
        if (text.StartsWith('-')) return Fail($"'{text}' is negative, and {Name} never is.", out limit);
        return Unit switch
        {
            MetricUnit.Ratio => Quantity.Percent.Parse(text, out limit) ?? (limit <= 1 ? null : $"'{text}' is above 100%."),
            MetricUnit.Seconds => Quantity.Duration.Parse(text, out limit),
            MetricUnit.PerSecond => Quantity.Rate.Parse(text, out limit),
            _ => double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out limit) ? null : $"'{text}' is not a number; {Name} is limited by a plain number such as 1.3.",
        };
    }

    /// <summary>An observed value as people read it.</summary>
    public string Shown(double value) => Mesh.Reports.Rendering.Units.Of(value, RecordUnit);

    /// <summary>A limit as it would be written.</summary>
    public string Written(double value) => Unit switch
    {
        MetricUnit.Ratio => Notation.Percent(value),
        MetricUnit.Seconds => Notation.Duration(value),
        MetricUnit.PerSecond => Notation.Rate(value),
        _ => Notation.Number(value),
    };

    /// <summary>The unit as run records name it.</summary>
    public string RecordUnit => Unit switch { MetricUnit.Ratio => "ratio", MetricUnit.Seconds => "s", MetricUnit.PerSecond => "1/s", _ => "" };

    private static Metric Latency(string name, double quantile) =>
        new($"latency.{name}", $"latency that {Notation.Percent(quantile)} of the requests stay below", MetricUnit.Seconds, totals => totals.Latency.Percentile(quantile)) { Quantile = quantile };

    private static string Fail(string message, out double limit)
    {
        limit = double.NaN;
        return message;
    }
}

/// <summary>The unit of a metric's values.</summary>
internal enum MetricUnit
{
    /// <summary>A share, written in percent.</summary>
    Ratio,
    /// <summary>A time.</summary>
    Seconds,
    /// <summary>A rate.</summary>
    PerSecond,
    /// <summary>A plain number.</summary>
    Number,
    /// <summary>A plain number of things counted.</summary>
    Count,
}
