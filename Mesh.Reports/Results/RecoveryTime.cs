namespace Mesh.Reports.Results;

/// <summary>
/// How long some traffic takes, after a fault has ended, to be as it was before. It counts from the fault's end to the beginning of the first of
/// <see cref="InARow"/> windows in a row that are good; of a fault that comes back the longest such time. Its resolution is the window.
/// </summary>
/// <remarks>
/// Before: the windows between the warm-up and the first fault of the run. A window is good when its success rate is at most one percentage point below theirs
/// (or no worse than their worst), and its p99 at most 1.5 times theirs (or no higher than their highest). A window in which nothing ended is good only if there was
/// such a one before.
/// </remarks>
public static class RecoveryTime
{
    /// <summary>Good windows in a row that make a recovery.</summary>
    public const int InARow = 3;

    private const double SuccessMargin = 0.01;
    private const double LatencyFactor = 1.5;

    /// <summary>The recovery time in seconds; infinite when it did not recover before the next fault or the end of the run, NaN when there was nothing to compare with.</summary>
    /// <param name="record">The replication.</param>
    /// <param name="fault">The fault's name.</param>
    /// <param name="filter">Which traffic; its phase is ignored.</param>
    public static double Of(ReplicationRecord record, string fault, EdgeFilter? filter = null)
    {
        var faults = record.Phases.Where(phase => phase.IsShaded).ToList();
        var own = faults.Where(phase => phase.Name == fault).ToList();
        if (own.Count == 0) throw new ArgumentException($"no fault '{fault}' in this run", nameof(fault));
        var series = EdgeSeries.Of(record, filter ?? EdgeFilter.Entering);
        var before = Baseline.Of(series, record.WarmupTicks, faults.Min(phase => phase.From), record.WindowTicks);
        if (before is null) return double.NaN;
        return own.Max(span => After(span, faults, record, series, before));
    }

    private static double After(PhaseSpan span, List<PhaseSpan> faults, ReplicationRecord record, EdgeSeries series, Baseline before)
    {
        long limit = faults.Where(other => other.From >= span.To).Select(other => other.From).Append(record.EndTicks).Min();
        int good = 0;
        for (long window = Ceiling(span.To, record.WindowTicks); (window + 1) * record.WindowTicks <= limit; window++)
        {
            good = before.Admits(series.At((int)window)) ? good + 1 : 0;
            if (good == InARow) return ((window + 1 - InARow) * record.WindowTicks - span.To) / (double)TimeSpan.TicksPerSecond;
        }
        return double.PositiveInfinity;
    }

    private static long Ceiling(long ticks, long window) => (ticks + window - 1) / window;

    /// <summary>What is normal.</summary>
    private sealed record Baseline(double LeastSuccess, double MostP99, bool MayBeEmpty)
    {
        public static Baseline? Of(EdgeSeries series, long from, long to, long window)
        {
            var windows = new List<SeriesPoint>();
            bool empty = false;
            for (long i = Ceiling(from, window); (i + 1) * window <= to; i++)
            {
                if (series.At((int)i) is { Requests: > 0 } point) windows.Add(point);
                else empty = true;
            }
            if (windows.Count == 0) return null;
            double success = windows.Sum(point => point.Succeeded) / (double)windows.Sum(point => point.Requests);
            double p99 = LogHistogram.Merge(windows.Select(point => point.Latency)).Percentile(0.99);
            return new Baseline(
                Math.Min(success - SuccessMargin, windows.Min(point => point.Succeeded / (double)point.Requests)),
                Math.Max(p99 * LatencyFactor, windows.Max(point => point.Latency.Percentile(0.99))), empty);
        }

        public bool Admits(SeriesPoint? point) => point is not { Requests: > 0 } ? MayBeEmpty
            : point.Succeeded / (double)point.Requests >= LeastSuccess - 1e-12 && point.Latency.Percentile(0.99) <= MostP99;
    }
}
