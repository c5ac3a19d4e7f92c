using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Scenarios.Expectations;

/// <summary>
/// Judges the time to recover from a fault. A replication that never recovers has no number, and with it there is no mean: then each replication
/// is judged by itself, and all must hold.
/// </summary>
internal static class RecoveryJudge
{
    public static ExpectationVerdict Judge(Expectation expectation, IReadOnlyList<ReplicationRecord> replications)
    {
        var (metric, comparison) = (expectation.Metric, expectation.Comparison);
        double[] values = [.. replications.Select(replication => metric.AfterFault!(replication, expectation.Filter, expectation.Fault))];
        var interval = Interval.Of(values);
        double window = replications.Count == 0 ? 0 : replications[0].WindowTicks / (double)TimeSpan.TicksPerSecond;
        string resolution = $"; windows of {metric.Shown(window)}";

        if (values.Length == 0) return Say(Verdict.NotEnoughData, "no replication ran.");
        if (values.Any(double.IsNaN))
            return Say(Verdict.NotEnoughData, $"there is nothing to compare with: no request ended in a whole window of {metric.Shown(window)} between the warm-up and the first fault. Begin the fault later.");
        int never = values.Count(double.IsPositiveInfinity);
        if (never > 0)
        {
            bool holds = values.All(value => comparison.Holds(value, expectation.Limit));
            return Say(holds ? Verdict.Pass : Verdict.Fail, $"not recovered before the next fault or the end of the run{(values.Length == 1 ? "" : $", in {never} of {values.Length} replications")}{resolution}.");
        }
        double low = interval.Low ?? interval.Mean, high = interval.High ?? interval.Mean;
        string observed = interval.HalfWidth is null ? $"observed {metric.Shown(interval.Mean)} in one replication" : $"observed {metric.Shown(interval.Mean)}, 95% interval {metric.Shown(low)} to {metric.Shown(high)}";
        return comparison.HoldsBetween(low, high, expectation.Limit) switch
        {
            true => Say(Verdict.Pass, observed + resolution),
            false => Say(Verdict.Fail, $"{observed}{resolution}; the limit is {comparison.Sign} {metric.Written(expectation.Limit)}."),
            null => Say(Verdict.NotEnoughData, $"{observed}{resolution}: the limit {metric.Written(expectation.Limit)} lies inside the interval; more replications would tell."),
        };

        ExpectationVerdict Say(Verdict verdict, string explanation) => new()
        {
            Expression = expectation.Text,
            Verdict = verdict,
            Observed = Array.TrueForAll(values, double.IsFinite) && values.Length > 0 ? interval.Mean : null,
            Low = Array.TrueForAll(values, double.IsFinite) ? interval.Low : null,
            High = Array.TrueForAll(values, double.IsFinite) ? interval.High : null,
            Limit = expectation.Limit,
            Unit = metric.RecordUnit,
            Explanation = $"{metric.Name}: {explanation}",
        };
    }
}
