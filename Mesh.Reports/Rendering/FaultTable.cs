using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>The faults of a run: when, at whom, and what was asked for beside what was measured.</summary>
internal static class FaultTable
{
    private const int MostNames = 4;

    public static Markup Of(RunSummary summary)
    {
        var faults = summary.Faults;
        return Html.When(faults.Count > 0, () => Html.Of($"""
            <section>
            <h2>Faults</h2>
            <div class="scroll"><table>
            <thead><tr><th class="text">Fault</th><th class="text">What</th><th class="text">When</th><th class="text">Replicas</th><th>Matched</th><th>Hit</th><th>Share asked</th><th>Share measured</th><th>Delay asked</th><th>Delay measured</th></tr></thead>
            <tbody>
            {Html.Each(faults, row => Html.Of($"<tr><td class=\"text\">{row.Name}</td><td class=\"text\">{row.What}</td><td class=\"text\">{When(row)}</td><td class=\"text\">{Names(row)}</td><td>{Units.Count(row.Eligible)}</td><td>{Units.Count(row.Injected)}</td><td>{Units.Percent(row.RequestedShare)}</td><td>{Units.Percent(row.MeasuredShare)}</td><td>{(row.RequestedDelay > 0 ? Units.Duration(row.RequestedDelay) : Units.None)}</td><td>{Units.Duration(row.MeanDelay)}</td></tr>\n"))}
            </tbody></table></div>
            <p class="caption">Matched are the requests, attempts or messages that the fault might have hit while it was in force, all replications together; of a crash or an outage, the hit are the requests lost with it. The share asked for is the mean of the chances that the matching ones had. Delays are means over those delayed; the one asked for is at full strength.</p>
            </section>
            """));
    }

    private static string When(FaultRow row) => row.Spans.Count switch
    {
        0 => Units.None,
        1 => $"{Seconds(row.Spans[0].From)} to {Seconds(row.Spans[0].To)}",
        _ => $"{row.Spans.Count} times from {Seconds(row.Spans[0].From)} on, {Seconds(row.Spans[0].To - row.Spans[0].From)} each",
    };

    private static string Names(FaultRow row) => row.Replicas.Count == 0 ? Units.None
        : string.Join(", ", row.Replicas.Take(MostNames)) + (row.Replicas.Count > MostNames ? $" and {row.Replicas.Count - MostNames} more" : "");

    private static string Seconds(long ticks) => Units.Duration(ticks / (double)TimeSpan.TicksPerSecond);
}
