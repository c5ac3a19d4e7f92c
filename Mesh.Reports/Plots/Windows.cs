using Mesh.Reports.Results;

namespace Mesh.Reports.Plots;

/// <summary>The time windows of a run, as the horizontal axis of every chart over time.</summary>
internal sealed class Windows
{
    private readonly double[] _middles;

    private Windows(RunRecord record)
    {
        var first = record.Replications[0];
        Seconds = first.WindowTicks / (double)TimeSpan.TicksPerSecond;
        long end = record.Replications.Max(replication => replication.EndTicks);
        // The last window counts only when it is whole: half of one would show half of the traffic.
        _middles = [.. Enumerable.Range(0, (int)(end / first.WindowTicks)).Select(window => (window + 0.5) * Seconds)];
        Axis = new ChartAxis("Time (s)", Min: 0, Max: end / (double)TimeSpan.TicksPerSecond);
        Spans = [.. SpansOf(first, end)];
    }

    public double Seconds { get; }

    public ChartAxis Axis { get; }

    public IReadOnlyList<ChartSpan> Spans { get; }

    public static Windows Of(RunRecord record) => new(record);

    /// <summary>A line with one value for each window.</summary>
    public ChartSeries Line(string name, int color, Func<int, double> value) =>
        new(name, _middles, [.. Enumerable.Range(0, _middles.Length).Select(value)]) { Color = color };

    /// <summary>A line of the mean over the replications that have a number in the window.</summary>
    public ChartSeries Mean(string name, int color, List<EdgeSeries> series, Func<SeriesPoint, double> value, double whenMissing = double.NaN) =>
        Line(name, color, window => TrafficSummary.Mean(series.Select(one => one.At(window) is { } point ? value(point) : whenMissing)));

    /// <summary>The line with the range over the replications around it, if there are several.</summary>
    public ChartSeries Spread(ChartSeries line, List<EdgeSeries> series, Func<SeriesPoint, double> value)
    {
        if (series.Count < 2) return line;
        var all = Enumerable.Range(0, _middles.Length)
            .Select(window => series.Select(one => one.At(window)).OfType<SeriesPoint>().Select(value).Where(double.IsFinite).DefaultIfEmpty(double.NaN).ToList()).ToList();
        return line with { Low = [.. all.Select(values => values.Min())], High = [.. all.Select(values => values.Max())] };
    }

    private static IEnumerable<ChartSpan> SpansOf(ReplicationRecord record, long end)
    {
        const double second = TimeSpan.TicksPerSecond;
        if (record.WarmupTicks > 0) yield return new ChartSpan("warm-up", 0, record.WarmupTicks / second);
        foreach (var phase in record.Phases)
            if (phase.IsShaded && phase.From < end && phase.To > phase.From) yield return new ChartSpan(phase.Name, phase.From / second, Math.Min(phase.To, end) / second);
    }
}
