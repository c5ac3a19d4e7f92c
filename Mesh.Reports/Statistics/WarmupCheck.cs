using System.Globalization;
using Mesh.Reports.Results;

namespace Mesh.Reports.Statistics;

/// <summary>
/// Says when a run's warm-up looks too short: MSER on the mean latency of what entered, window by window after the warm-up, averaged over the replications.
/// Windows are averages already, so they are not batched again. A run with phases changes on purpose and is not checked.
/// </summary>
public static class WarmupCheck
{
    // Fewer windows say nothing; a smaller change of the mean is not worth a warning.
    private const int LeastWindows = 20;
    private const double LeastChange = 0.05;

    /// <summary>A warning for people, or <c>null</c> when there is nothing to say.</summary>
    public static string? Warning(IReadOnlyList<ReplicationRecord> replications)
    {
        if (replications.Count == 0 || replications.Any(replication => replication.Phases.Count > 0)) return null;
        double[] series = MeanLatency(replications);
        if (series.Length < LeastWindows) return null;

        double seconds = replications[0].WindowTicks / (double)TimeSpan.TicksPerSecond;
        int? cut = Mser.Truncation(series, batch: 1);
        double rest = series.Skip(cut ?? series.Length / 2).Average();
        double change = Math.Abs(series.Average() - rest) / rest;
        if (cut == 0 || !(change > LeastChange)) return null;
        return cut is { } windows
            ? string.Create(CultureInfo.InvariantCulture, $"The warm-up looks too short: after it, latency still moved for {windows * seconds:0.##} s (MSER), and the mean without that time differs by {change:0%}.")
            : string.Create(CultureInfo.InvariantCulture, $"The run looks too short: latency had not settled by the middle of the measured time (MSER), and the second half's mean differs by {change:0%}.");
    }

    /// <summary>Mean latency in seconds of every window from the warm-up to the end in which all replications have requests.</summary>
    private static double[] MeanLatency(IReadOnlyList<ReplicationRecord> replications)
    {
        var first = replications[0];
        int from = (int)((first.WarmupTicks + first.WindowTicks - 1) / first.WindowTicks);
        int to = (int)(replications.Min(replication => replication.EndTicks) / first.WindowTicks);
        var means = new List<double>();
        var series = replications.Select(replication => EdgeSeries.Of(replication)).ToList();
        for (int window = from; window < to; window++)
        {
            var points = series.Select(points => points.At(window)).ToList();
            if (points.All(point => point is { Requests: > 0 })) means.Add(points.Average(point => point!.Latency.Mean / TimeSpan.TicksPerSecond));
        }
        return [.. means];
    }
}
