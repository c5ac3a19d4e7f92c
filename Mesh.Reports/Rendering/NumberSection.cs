using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>The numbers that matter, with their intervals; and by phase.</summary>
internal static class NumberSection
{
    public static Markup Of(RunSummary summary)
    {
        if (summary.Entering.Requests == 0)
            return Html.Of($"<section><h2>Key numbers</h2><p>No request that entered the mesh ended in the measured time, so there is nothing to show.</p></section>");
        bool several = summary.Record.Replications.Count > 1;
        (string Name, Statistics.Interval Value, Func<double, string> Format)[] numbers =
        [
            ("Succeeded", summary.Interval(totals => totals.SuccessRate), Units.Percent),
            ("Throughput", summary.Interval(totals => totals.Throughput), Units.Rate),
            ("Median latency", summary.Interval(totals => totals.Latency.Percentile(0.5)), Units.Duration),
            ("p99 latency", summary.Interval(totals => totals.Latency.Percentile(0.99)), Units.Duration),
            ("p99.9 latency", summary.Interval(totals => totals.Latency.Percentile(0.999)), Units.Duration),
            ("Attempts per call", summary.AttemptsPerCall(), Units.Number),
        ];
        return Html.Of($"""
            <section>
            <h2>Key numbers</h2>
            <dl class="numbers">
            {Html.Each(numbers, number => Card(number.Name, number.Value, number.Format, several))}
            </dl>
            <p class="note">{Units.Count(summary.Entering.Requests)} requests entered the mesh, {Units.Count(summary.Entering.Failed)} of them failed{Flags(summary.Entering)}. {(several
                ? "Each number is the mean over the replications; below it, its 95% interval (Student's t)."
                : "With one replication there is no interval: set replications to 5 or more to see how sure these numbers are.")}</p>
            {Html.When(summary.Phases.Count > 0, () => Phases(summary))}
            </section>
            """);
    }

    private static Markup Card(string name, Statistics.Interval interval, Func<double, string> format, bool several) => Html.Of(
        $"<div><dt>{name}</dt><dd>{format(interval.Mean)}{Html.When(several, () => Html.Of($"<span class=\"range\">{Units.Interval(interval, format)}</span>"))}</dd></div>\n");

    private static string Flags(TrafficSummary traffic) =>
        traffic.Flags.Count == 0 ? "" : $" ({string.Join(", ", traffic.Flags.Take(6).Select(flag => $"{flag.Key} {Units.Count(flag.Value)}"))})";

    /// <summary>The phases without those that span the same times as a later one: the time after the only fault is the time after the last.</summary>
    private static IEnumerable<KeyValuePair<string, TrafficSummary>> Distinct(RunSummary summary)
    {
        var spans = summary.Record.Replications[0].Phases.ToLookup(phase => phase.Name, phase => (phase.From, phase.To));
        return summary.Phases.Where((phase, i) => summary.Phases.Skip(i + 1).All(later => !spans[later.Key].SequenceEqual(spans[phase.Key])));
    }

    private static Markup Phases(RunSummary summary) => Html.Of($"""
        <h3>By phase</h3>
        <div class="scroll"><table>
        <thead><tr><th class="text">Phase</th><th>Requests</th><th>Failed</th><th>Succeeded</th><th>Requests/s</th><th>p50</th><th>p99</th><th>p99.9</th><th>Attempts/call</th></tr></thead>
        <tbody>
        {Html.Each(Distinct(summary), phase => Html.Of($"""
            <tr><td class="text">{phase.Key}</td><td>{Units.Count(phase.Value.Requests)}</td>{TableSection.FailedCell(phase.Value)}<td>{Units.Percent(phase.Value.SuccessRate)}</td><td>{Units.Number(phase.Value.Throughput)}</td><td>{Units.Duration(phase.Value.Latency.P50)}</td><td>{Units.Duration(phase.Value.Latency.P99)}</td><td>{Units.Duration(phase.Value.Latency.P999)}</td><td>{Units.Number(summary.AttemptsPerCall(phase.Key).Mean)}</td></tr>

            """))}
        </tbody></table></div>
        <p class="caption">What entered the mesh; a request belongs to the phase in which it was meant to start. Attempts per call are taken over all calls of the mesh.</p>
        """);
}
