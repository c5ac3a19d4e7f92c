using System.Globalization;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Comparisons;

/// <summary>A number by which variants are compared. One replication gives one observation.</summary>
/// <param name="Key">Its name in JSON and CSV.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Unit"><c>ratio</c>, <c>s</c>, <c>1/s</c>, or empty for a plain number.</param>
/// <param name="MoreIsBetter">Which direction is the good one.</param>
/// <param name="Of">The observation of one replication; NaN when it saw nothing.</param>
public sealed record ComparedNumber(string Key, string Name, string Unit, bool MoreIsBetter, Func<ReplicationRecord, double> Of)
{
    /// <summary>All numbers that are compared; those but attempts are of what entered the mesh.</summary>
    public static IReadOnlyList<ComparedNumber> All { get; } =
    [
        new("successRate", "succeeded", "ratio", MoreIsBetter: true, replication => replication.Select().SuccessRate),
        new("latencyP50", "p50", "s", MoreIsBetter: false, replication => replication.Select().Latency.Percentile(0.5)),
        new("latencyP99", "p99", "s", MoreIsBetter: false, replication => replication.Select().Latency.Percentile(0.99)),
        new("attemptsPerCall", "attempts/call", "", MoreIsBetter: false, replication => replication.AttemptsPerCall()),
        new("goodput", "goodput", "1/s", MoreIsBetter: true, replication => replication.Select().Goodput),
    ];

    /// <summary>Its name at the head of a column or picture; percentiles stay small.</summary>
    public string Title => Unit == "s" ? Name : char.ToUpperInvariant(Name[0]) + Name[1..];

    /// <summary>A value in its unit.</summary>
    public string Write(double value) => Units.Of(value, Unit);

    /// <summary>A difference in its unit, without a sign: shares differ by percentage points.</summary>
    public string WriteSize(double difference) => Unit == "ratio" && double.IsFinite(difference) ? Points(Math.Abs(difference) * 100) : Write(Math.Abs(difference));

    /// <summary>A difference in its unit, with its sign.</summary>
    public string WriteDifference(double difference) => (difference > 0 ? "+" : difference < 0 ? "-" : "") + WriteSize(difference);

    private static string Points(double points) =>
        points is > 0 and < 0.001 ? "<0.001 pp" : points.ToString(points < 1 ? "0.###" : "0.##", CultureInfo.InvariantCulture) + " pp";
}
