using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>Services and edges, what hurts most first, cut to what a person reads.</summary>
internal static class TableSection
{
    private const int MostRows = 25;

    public static Markup Of(RunSummary summary) => summary.Edges.Count == 0 ? Markup.Empty : Html.Of($"""
        <section>
        <h2>Where it hurts</h2>
        <h3>Services</h3>
        <p class="caption">As their callers saw them. Most failures first, then the highest p99.{Cut(summary.Services.Count, "services.csv")}{Ejections(summary)}</p>
        <div class="scroll"><table>
        <thead><tr><th class="text">Service</th>{Head}<th>Turned away</th><th>p99 inside</th></tr></thead>
        <tbody>
        {Html.Each(summary.Services.Take(MostRows), row => Html.Of($"<tr><td class=\"text\">{row.Name}</td>{Cells(row.Traffic)}<td>{Units.Count(row.Rejected)}</td><td>{Units.Duration(row.Inside.P99)}</td></tr>\n"))}
        </tbody></table></div>
        <h3>Calls</h3>
        <p class="caption">By caller, callee and path, in the same order.{Cut(summary.Edges.Count, "edges.csv")}</p>
        <div class="scroll"><table>
        <thead><tr><th class="text">From</th><th class="text">To</th><th class="text">Path</th>{Head}<th class="text">Flags</th></tr></thead>
        <tbody>
        {Html.Each(summary.Edges.Take(MostRows), row => Html.Of($"<tr><td class=\"text\">{row.From}</td><td class=\"text\">{row.To}</td><td class=\"text\">{row.Path}</td>{Cells(row.Traffic)}<td class=\"text\">{Flags(row.Traffic)}</td></tr>\n"))}
        </tbody></table></div>
        </section>
        """);

    /// <summary>A cell with the number of failures, marked when there are any.</summary>
    public static Markup FailedCell(TrafficSummary traffic) => Html.Of($"<td{Html.Raw(traffic.Failed > 0 ? " class=\"hurts\"" : "")}>{Units.Count(traffic.Failed)}</td>");

    private static Markup Head { get; } = Html.Raw("<th>Requests</th><th>Failed</th><th>Succeeded</th><th>p50</th><th>p90</th><th>p99</th><th>Attempts/<br/>call</th>");

    private static Markup Cells(TrafficSummary traffic) => Html.Of(
        $"<td>{Units.Count(traffic.Requests)}</td>{FailedCell(traffic)}<td>{Units.Percent(traffic.SuccessRate)}</td><td>{Units.Duration(traffic.Latency.P50)}</td><td>{Units.Duration(traffic.Latency.P90)}</td><td>{Units.Duration(traffic.Latency.P99)}</td><td>{Units.Number(traffic.RetryAmplification)}</td>");

    private static string Cut(int rows, string file) => rows > MostRows ? $" The first {MostRows} of {Units.Count(rows)}; all are in {file}." : "";

    /// <summary>Breakers show as the flag CO; ejections have none.</summary>
    private static string Ejections(RunSummary summary)
    {
        var ejected = summary.Services.Where(row => row.Traffic.Ejections.Count > 0)
            .Select(row => $"{row.Name} {Units.Count(row.Traffic.Ejections.Count)} times, {Units.Duration(row.Traffic.Ejections.Seconds)} in all").ToList();
        return ejected.Count == 0 ? "" : $" Replicas ejected by their callers' sidecars: {string.Join("; ", ejected)}.";
    }

    private static string Flags(TrafficSummary traffic) =>
        traffic.Flags.Count == 0 ? "" : string.Join(", ", traffic.Flags.Take(4).Select(flag => $"{flag.Key} {Units.Count(flag.Value)}"));
}
