using Mesh.Reports.Results;

namespace Mesh.Reports.Plots;

/// <summary>Charts over time. A point stands at the middle of its window; with several replications it is the mean of their values in that window.</summary>
internal static class TimeCharts
{
    /// <summary>All charts over time that the run has something for.</summary>
    public static IEnumerable<Chart> Of(RunRecord record)
    {
        if (record.Replications.Count == 0) return [];
        var series = record.Replications.Select(replication => EdgeSeries.Of(replication)).ToList();
        Chart[] charts = [Latency(record, series), Throughput(record, series), Success(record, series), Attempts(record), Utilisation(record)];
        return charts.Where(chart => !chart.IsEmpty);
    }

    private static Chart Latency(RunRecord record, List<EdgeSeries> series)
    {
        var windows = Windows.Of(record);
        ChartSeries Line(string name, double quantile, int color) => windows.Mean(name, color, series, point => Seconds(point.Latency.Percentile(quantile)));
        var tail = windows.Spread(Line("p99", 0.99, 5), series, point => Seconds(point.Latency.Percentile(0.99)));
        var median = Line("p50", 0.5, 0);
        // On an even axis a tail of twenty times the median would press the median to the ground.
        bool log = Finite(tail).Max() > 20 * Finite(median).Min() && Finite(median).Min() > 0;
        return new Chart
        {
            Name = "latency-over-time",
            Title = "Latency over time",
            Caption = "Of requests that entered the mesh, by the time at which they ended, failed ones included."
                + (log ? " The axis is logarithmic." : "") + (tail.Low.Count > 0 ? " The band is the range of p99 over the replications." : ""),
            X = windows.Axis,
            Y = log ? new ChartAxis("Latency", AxisScale.LogSeconds) : new ChartAxis("Latency", AxisScale.Seconds, Min: 0),
            Series = [tail, Line("p95", 0.95, 1), median],
            Spans = windows.Spans,
        };
    }

    private static Chart Throughput(RunRecord record, List<EdgeSeries> series)
    {
        var windows = Windows.Of(record);
        return new Chart
        {
            Name = "throughput-over-time",
            Title = "Throughput over time",
            Caption = "Requests that entered the mesh, by the time at which they ended.",
            X = windows.Axis,
            Y = new ChartAxis("Requests per second", Min: 0),
            Series =
            [
                windows.Mean("ended", 0, series, point => point.Requests / windows.Seconds, whenMissing: 0),
                windows.Mean("succeeded", 2, series, point => point.Succeeded / windows.Seconds, whenMissing: 0),
            ],
            Spans = windows.Spans,
        };
    }

    private static Chart Success(RunRecord record, List<EdgeSeries> series)
    {
        var windows = Windows.Of(record);
        var line = windows.Mean("succeeded", 2, series, point => point.Requests == 0 ? double.NaN : (double)point.Succeeded / point.Requests);
        double least = line.Y.Where(double.IsFinite).DefaultIfEmpty(1).Min();
        return new Chart
        {
            Name = "success-over-time",
            Title = "Success over time",
            Caption = "Share of the requests that ended with a status below 500." + (least > 0.5 ? " The axis does not begin at 0." : ""),
            X = windows.Axis,
            Y = new ChartAxis("Succeeded", AxisScale.Percent, Math.Min(0.98, Math.Floor(least * 20 - 0.2) / 20), 1),
            Series = [line],
            Spans = windows.Spans,
        };
    }

    private static Chart Attempts(RunRecord record)
    {
        var windows = Windows.Of(record);
        bool any = record.Replications.Any(replication => replication.Edges.Any(edge => edge.Slices.Any(slice => slice?.Retries > 0)));
        var counts = record.Replications.Select(replication => replication.Edges.SelectMany(edge => edge.Windows).GroupBy(window => window.Index)
            .ToDictionary(group => group.Key, group => group.Sum(window => window.Attempts) / (double)Math.Max(1, group.Sum(window => window.Requests)))).ToList();
        return new Chart
        {
            Name = "attempts-over-time",
            Title = "Attempts per call over time",
            Caption = "Over all calls between services. Above 1 the mesh repeats itself; a value that stays up after a fault has ended is a retry storm.",
            X = windows.Axis,
            Y = new ChartAxis("Attempts per call", Min: 1),
            Series = [windows.Line("attempts", 3, window => any ? TrafficSummary.Mean(counts.Select(count => count.GetValueOrDefault(window, double.NaN))) : double.NaN)],
            Spans = windows.Spans,
        };
    }

    private static Chart Utilisation(RunRecord record)
    {
        const int shown = 5;
        var windows = Windows.Of(record);
        var services = record.Replications.SelectMany(replication => replication.Services).Where(service => service.Utilisation.Count > 0)
            .GroupBy(service => service.Name, StringComparer.Ordinal)
            .OrderByDescending(group => group.Average(service => service.Utilisation.Average())).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        return new Chart
        {
            Name = "utilisation-over-time",
            Title = "Busy workers over time",
            Caption = services.Count > shown ? $"The {shown} busiest of {services.Count} services." : "",
            X = windows.Axis,
            Y = new ChartAxis("Busy workers", AxisScale.Percent, 0),
            Series = [.. services.Take(shown).Select((group, i) => windows.Line(group.Key, i,
                window => TrafficSummary.Mean(group.Select(service => window < service.Utilisation.Count ? service.Utilisation[window] : double.NaN))))],
            Spans = windows.Spans,
        };
    }

    private static IEnumerable<double> Finite(ChartSeries series) => series.Y.Where(double.IsFinite).DefaultIfEmpty(0);

    private static double Seconds(double ticks) => ticks / TimeSpan.TicksPerSecond;
}
