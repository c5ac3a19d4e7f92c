using System.Globalization;
using Mesh.Reports.Plots;

namespace Mesh.Reports.Comparisons;

/// <summary>The pictures of a comparison: numbers against the load, and how latency is spread, a curve for each variant.</summary>
internal static class ComparisonCharts
{
    private const int MostLoads = 5;
    private static readonly int MostCurves = Palette.Series.Count;

    /// <summary>All charts that the comparison has something for.</summary>
    public static IReadOnlyList<Chart> Of(ComparisonTable table)
    {
        Chart[] against = table.Record.Loads.Count < 2 ? [] : [.. ComparedNumber.All.OrderBy(Rank).Select(number => AgainstLoad(table, number))];
        // A number that is the same everywhere needs no picture.
        return [.. against.Where(chart => chart.Series.SelectMany(series => series.Y).Where(double.IsFinite).Distinct().Count() > 1), .. Shown(table.Record.Loads).Select(load => Distribution(table, load))];
    }

    // Latency is what people look for first.
    private static int Rank(ComparedNumber number) => number.Unit == "s" ? number.Key == "latencyP99" ? 0 : 1 : 2;

    private static Chart AgainstLoad(ComparisonTable table, ComparedNumber number)
    {
        var series = table.Record.Variants.Take(MostCurves).Select((variant, color) => Curve(table, number, variant.Name, color)).ToList();
        var all = series.SelectMany(one => one.Y).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        bool log = number.Unit == "s" && all.Min() > 0 && all.Max() > 10 * all.Min();
        // On a logarithmic axis there is no 0, and an interval may reach below it.
        if (log) series = [.. series.Select(one => one with { Low = [.. one.Low.Select(low => Math.Max(low, all.Min() / 2))] })];
        return new Chart
        {
            Name = $"{Slug(number.Name)}-against-load",
            Title = $"{number.Title} against load",
            Caption = "Means over the replications; the band is the 95% interval of each variant alone. Whether two variants differ is in the table: paired differences are known more precisely than these bands."
                + (log ? " The axis is logarithmic." : "") + Cut(table),
            X = new ChartAxis("Load, as a factor of the rates in the file"),
            Y = Axis(number, log, all.Min()),
            Series = series,
        };
    }

    private static ChartSeries Curve(ComparisonTable table, ComparedNumber number, string variant, int color)
    {
        var points = table.Rows.Where(row => row.Variant == variant).OrderBy(row => row.Load).Select(row => (row.Load, row.Cells.First(cell => cell.Number == number).Value)).ToList();
        return new ChartSeries(variant, [.. points.Select(point => point.Load)], [.. points.Select(point => point.Value.Mean)])
        {
            Color = color,
            Marked = true,
            Low = [.. points.Select(point => point.Value.Low ?? point.Value.Mean)],
            High = [.. points.Select(point => Math.Min(number.Unit == "ratio" ? 1 : double.PositiveInfinity, point.Value.High ?? point.Value.Mean))],
        };
    }

    private static ChartAxis Axis(ComparedNumber number, bool log, double least) => number.Unit switch
    {
        "s" => log ? new ChartAxis("Latency", AxisScale.LogSeconds) : new ChartAxis("Latency", AxisScale.Seconds, Min: 0),
        "ratio" => new ChartAxis("Succeeded", AxisScale.Percent, Math.Min(0.98, Math.Floor(least * 20 - 0.2) / 20), 1),
        "1/s" => new ChartAxis("Successful requests per second", Min: 0),
        _ => new ChartAxis("Attempts per call", Min: 1),
    };

    private static Chart Distribution(ComparisonTable table, double load)
    {
        bool alone = table.Record.Loads.Count == 1;
        string at = load.ToString("0.####", CultureInfo.InvariantCulture);
        return new Chart
        {
            Name = alone ? "latency-by-variant" : $"latency-by-variant-at-{at.Replace('.', '-')}",
            Title = alone ? "Latency by variant" : $"Latency by variant at {at} x load",
            Caption = "How many of the requests that entered took longer than so long, all replications together, both axes logarithmic. Where a curve crosses 1%, there is its p99." + Cut(table),
            X = new ChartAxis("Latency", AxisScale.LogSeconds),
            Y = new ChartAxis("Requests slower", AxisScale.LogPercent, Max: 1),
            Series = [.. table.Record.Variants.Take(MostCurves).Select((variant, color) => DistributionCharts.Slower(variant.Name,
                DistributionCharts.All(table.Record.Run(variant.Name, load).Replications.SelectMany(one => one.Edges.Where(edge => edge.From == one.Ingress)))) with { Color = color })],
        };
    }

    /// <summary>All loads, or the least, the greatest and some between.</summary>
    private static IEnumerable<double> Shown(IReadOnlyList<double> loads)
    {
        double[] ordered = [.. loads.Order()];
        return ordered.Length <= MostLoads ? ordered : Enumerable.Range(0, MostLoads).Select(i => ordered[i * (ordered.Length - 1) / (MostLoads - 1)]);
    }

    private static string Cut(ComparisonTable table) => table.Record.Variants.Count > MostCurves ? $" The first {MostCurves} of {table.Record.Variants.Count} variants." : "";

    private static string Slug(string name) => name.Replace('/', '-');
}
