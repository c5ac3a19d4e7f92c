using Mesh.Reports.Results;

namespace Mesh.Reports.Plots;

/// <summary>Charts of how values are spread.</summary>
internal static class DistributionCharts
{
    private const int MostCurves = 5;
    private const int MostRows = 20;
    private const int MostPoints = 240;

    /// <summary>All charts of distributions that the run has something for.</summary>
    public static IEnumerable<Chart> Of(RunRecord record) => new[] { Latency(record), Replicas(record) }.Where(chart => !chart.IsEmpty);

    private static Chart Latency(RunRecord record)
    {
        var entering = record.Replications.SelectMany(replication => replication.Edges.Where(edge => edge.From == replication.Ingress)).ToList();
        var paths = entering.GroupBy(edge => (edge.To, edge.Path)).Select(group => (group.Key, Latency: All(group)))
            .OrderByDescending(path => path.Latency.Count).ThenBy(path => path.Key.To, StringComparer.Ordinal).ThenBy(path => path.Key.Path, StringComparer.Ordinal).ToList();
        var curves = new List<ChartSeries> { Slower("all requests", All(entering)) with { Color = 6 } };
        if (paths.Count > 1) curves.AddRange(paths.Take(MostCurves).Select((path, i) => Slower($"{path.Key.To} {path.Key.Path}", path.Latency) with { Color = i }));
        return new Chart
        {
            Name = "latency-distribution",
            Title = "Latency distribution",
            Caption = "How many requests took longer than so long, all replications together. Where a curve crosses 1%, there is its p99."
                + (paths.Count > MostCurves ? $" The {MostCurves} busiest of {paths.Count} paths." : ""),
            X = new ChartAxis("Latency", AxisScale.LogSeconds),
            Y = new ChartAxis("Requests slower", AxisScale.LogPercent, Max: 1),
            Series = curves,
        };
    }

    private static Chart Replicas(RunRecord record)
    {
        // The same replica of every replication is one dot: its mean.
        var services = record.Replications.SelectMany(replication => replication.Replicas).GroupBy(replica => replica.Service, StringComparer.Ordinal)
            .Select(service => (Name: service.Key, Busy: service.GroupBy(replica => replica.Name).Select(one => one.Average(replica => replica.BusyFraction)).ToList()))
            .OrderByDescending(service => service.Busy.Max()).ThenBy(service => service.Name, StringComparer.Ordinal).ToList();
        var shown = services.Take(MostRows).ToList();
        return new Chart
        {
            Name = "utilisation-per-replica",
            Title = "Utilisation per replica",
            Caption = "A dot is a replica: the share of its workers that were busy, on average. Dots far apart in a row mean that its load is not balanced."
                + (services.Count > MostRows ? $" The {MostRows} services with the busiest replicas of {services.Count}; all are in replicas.csv." : ""),
            X = new ChartAxis("Busy workers", AxisScale.Percent, 0, Math.Clamp(Math.Ceiling(shown.SelectMany(service => service.Busy).DefaultIfEmpty(0).Max() * 11) / 10, 0.1, 1)),
            Y = new ChartAxis("", Min: -0.6, Max: Math.Max(0, shown.Count - 1) + 0.6),
            Rows = [.. shown.Select(service => service.Name)],
            Series = [new ChartSeries("replica", [.. shown.SelectMany(service => service.Busy)], [.. shown.SelectMany((service, row) => service.Busy.Select(_ => (double)row))]) { Dots = true }],
        };
    }

    internal static LogHistogram All(IEnumerable<EdgeStats> edges) =>
        LogHistogram.Merge(edges.SelectMany(edge => edge.Slices).OfType<TrafficStats>().Select(slice => slice.Latency));

    /// <summary>The share of the values above each bucket; the last one, above which nothing is, is left out. Long curves are thinned evenly by their logarithm.</summary>
    internal static ChartSeries Slower(string name, LogHistogram latency)
    {
        if (latency.Count == 0) return new ChartSeries(name, [], []);
        var points = new List<(double Seconds, double Share)> { (Math.Max(1, latency.Min) / (double)TimeSpan.TicksPerSecond, 1) };
        long above = latency.Count;
        double next = 0;
        double step = latency.Min > 0 ? Math.Pow((double)latency.Max / latency.Min, 1.0 / MostPoints) : 1;
        foreach (var bucket in latency.Buckets())
        {
            above -= bucket.Count;
            if (above == 0 || bucket.To < next) continue;
            points.Add((Math.Max(1, bucket.To - 1) / (double)TimeSpan.TicksPerSecond, (double)above / latency.Count));
            next = bucket.To * step;
        }
        return new ChartSeries(name, [.. points.Select(point => point.Seconds)], [.. points.Select(point => point.Share)]);
    }
}
