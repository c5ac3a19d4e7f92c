using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Exemplars;

/// <summary>The report's section on single requests: why the slowest were slow, and why the failed ones failed.</summary>
internal static class ExemplarSection
{
    private const int Drawn = 3;
    private const int Parts = 5;

    public static Markup Of(RunRecord record)
    {
        var all = ExemplarList.Of(record);
        if (all.Count == 0) return Markup.Empty;
        var slow = all.Where(one => !one.Request.Failed).ToList();
        var failed = all.Where(one => one.Request.Failed).ToList();
        return Html.Of($"""
            <section>
            <h2>Slowest and failed requests</h2>
            <p class="caption">Single requests with all that was decided about them. <code>meshlab why</code> shows more of them.{Skipped(record)}</p>
            <p class="legend">{Html.Each(WaterfallSvg.Legend, entry => Html.Of($"<span><i style=\"background:{WaterfallSvg.Color(entry.Kind)}\"></i>{entry.Meaning}</span>"))}</p>
            {Html.When(slow.Count > 0, () => Html.Of($"<h3>The slowest that succeeded</h3>{Html.Each(slow.Take(Drawn), One)}"))}
            {Html.When(failed.Count > 0, () => Html.Of($"<h3>Failures, of each kind</h3>{Html.Each(failed.Take(Drawn), One)}"))}
            </section>
            """);
    }

    private static Markup One(NumberedExemplar one)
    {
        var request = one.Request;
        var waterfall = Waterfall.Of(request);
        var parts = TimeBreakdown.Of(request).Take(Parts).Select(part => $"{Units.Duration(part.Value / 1e7)} {part.Key}");
        int more = waterfall.Rows.Count - WaterfallSvg.MostRows;
        return Html.Of($"""
            <details{Html.Raw(one.Number == 1 || one is { Request.Failed: true, Number: < 12 } ? " open=\"open\"" : "")}><summary>{one.Number}. {Units.Duration(request.Duration / 1e7)}, {request.Calls[0].To} {request.Calls[0].Path}: {one.Story}; at {Units.Duration(request.Start / 1e7)} of seed {one.Seed}</summary>
            <p class="note">Where its time went: {string.Join("; ", parts)}.</p>
            <figure class="waterfall"><div class="scroll" role="img" aria-label="Waterfall of request {request.Name}">{Html.Raw(WaterfallSvg.Draw(waterfall))}</div></figure>
            {Html.When(more > 0 || request.Truncated, () => Html.Of($"<p class=\"note\">{(more > 0 ? $"{more} more rows are not drawn. " : "")}{(request.Truncated ? "There were more decisions than are kept for one request." : "")}</p>"))}
            </details>

            """);
    }

    private static string Skipped(RunRecord record) => ExemplarList.Skipped(record) is > 0 and var skipped
        ? $" {Units.Count(skipped)} requests were not looked at, so slower ones may be among them: of a long run, a sample is, and none while too many are under way." : "";
}
