using MathNet.Numerics.Distributions;
using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Scenarios.Expectations;

/// <summary>
/// Judges expectations over replications. With two or more, each gives one value and the 95% t-interval of their mean is judged as a whole:
/// it passes or fails only when every value in it does. With one, the value itself is judged, if the sample behind it is large enough.
/// </summary>
internal static class ExpectationJudge
{
    private const int MostReplications = 1000;

    public static ExpectationVerdict Judge(Expectation expectation, IReadOnlyList<ReplicationRecord> replications)
    {
        var metric = expectation.Metric;
        if (metric.AfterFault is not null) return RecoveryJudge.Judge(expectation, replications);
        var totals = replications.Select(replication => replication.Select(expectation.Filter)).ToList();
        bool single = replications.Count == 1;
        long needed = metric.Needed(expectation.Limit, single);
        long fewest = totals.Count == 0 ? 0 : totals.Min(one => one.Requests);
        double[] values = [.. totals.Select(metric.Observe)];
        var interval = Interval.Of(values);

        if (totals.Count == 0) return Say(Verdict.NotEnoughData, "no replication ran.");
        if (fewest < needed)
        {
            string which = single ? "the replication has" : "one replication has only";
            return Say(Verdict.NotEnoughData, fewest == 0
                ? $"{(single ? "no request" : "a replication without any request")} to judge by; make 'duration' longer or the rate higher."
                : $"{which} {fewest} requests, and {metric.Name} needs {needed} in {(single ? "a single replication" : "each")}; make 'duration' longer{(single ? ", or add 'replications'" : "")}.");
        }
        double low = interval.Low ?? interval.Mean, high = interval.High ?? interval.Mean;
        return expectation.Comparison.HoldsBetween(low, high, expectation.Limit) switch
        {
            true => Say(Verdict.Pass, Observed(metric, interval)),
            false => Say(Verdict.Fail, $"{Observed(metric, interval)}; the limit is {expectation.Comparison.Sign} {metric.Written(expectation.Limit)}."),
            null => Say(Verdict.NotEnoughData, $"{Observed(metric, interval)}: the limit {metric.Written(expectation.Limit)} lies inside the interval. {More(interval, expectation.Limit)}"),
        };

        ExpectationVerdict Say(Verdict verdict, string explanation) => new()
        {
            Expression = expectation.Text,
            Verdict = verdict,
            Observed = double.IsFinite(interval.Mean) ? interval.Mean : null,
            Low = interval.Low,
            High = interval.High,
            Limit = expectation.Limit,
            Unit = metric.RecordUnit,
            Explanation = $"{metric.Name}: {explanation}",
        };
    }

    private static string Observed(Metric metric, Interval interval) => interval.HalfWidth is null
        ? $"observed {metric.Shown(interval.Mean)} in one replication"
        : $"observed {metric.Shown(interval.Mean)}, 95% interval {metric.Shown(interval.Low!.Value)} to {metric.Shown(interval.High!.Value)} over {interval.Count} replications";

    private static string More(Interval interval, double limit) => ReplicationsFor(interval, limit) is { } count
        ? $"About {count} replications would tell."
        : $"The mean is too near the limit: even {MostReplications} replications would not tell.";

    /// <summary>The replications at which an interval of the same spread no longer reaches the limit, or <c>null</c> when a thousand would not do.</summary>
    internal static int? ReplicationsFor(Interval interval, double limit)
    {
        double distance = Math.Abs(interval.Mean - limit);
        double deviation = interval.HalfWidth!.Value * Math.Sqrt(interval.Count) / T(interval.Count);
        for (int count = interval.Count + 1; count <= MostReplications; count++)
        {
            if (T(count) * deviation / Math.Sqrt(count) < distance) return count;
        }
        return null;

        static double T(int count) => StudentT.InvCDF(0, 1, count - 1, 0.975);
    }
}
