using Mesh.Reports.Exemplars;
using Mesh.Reports.Graphs;
using Mesh.Reports.Plots;
using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>
/// Writes a run's report: <c>report.html</c>, one file that needs no other and no network; beside it the pictures as SVG and PNG,
/// the tables as CSV, and the record (<c>run.meshrun</c>) from which all of it can be written again.
/// </summary>
public static class HtmlReport
{
    /// <summary>The page's file name.</summary>
    public const string PageName = "report.html";

    /// <summary>The record's file name.</summary>
    public const string RecordName = "run.meshrun";

    /// <summary>Writes everything into <paramref name="directory"/>, which is created. What has the same name is replaced.</summary>
    /// <returns>The path of the page.</returns>
    public static string Write(RunRecord record, string directory)
    {
        Directory.CreateDirectory(directory);
        var summary = new RunSummary(record);
        var charts = Charts(record);
        string? graph = ServiceGraph.Of(summary) is { } calls ? GraphSvg.Draw(calls) : null;
        foreach (var chart in charts)
        {
            File.WriteAllText(Path.Combine(directory, chart.Name + ".svg"), ChartRenderer.Svg(chart, ChartFigure.Width, ChartFigure.HeightOf(chart) + 40, titled: true));
            File.WriteAllBytes(Path.Combine(directory, chart.Name + ".png"), ChartRenderer.Png(chart, ChartFigure.Width, ChartFigure.HeightOf(chart) + 40));
        }
        if (graph is not null) File.WriteAllText(Path.Combine(directory, "service-graph.svg"), graph);
        CsvFiles.Write(summary, directory);
        RunRecordStore.Save(record, Path.Combine(directory, RecordName));
        string page = Path.Combine(directory, PageName);
        File.WriteAllText(page, Page(summary, charts, graph));
        return page;
    }

    /// <summary>The page alone, as one HTML document.</summary>
    public static string Page(RunRecord record)
    {
        var summary = new RunSummary(record);
        return Page(summary, Charts(record), ServiceGraph.Of(summary) is { } graph ? GraphSvg.Draw(graph) : null);
    }

    internal static IReadOnlyList<Chart> Charts(RunRecord record) => [.. TimeCharts.Of(record), .. DistributionCharts.Of(record)];

    private static string Page(RunSummary summary, IReadOnlyList<Chart> charts, string? graph)
    {
        var record = summary.Record;
        return HtmlPage.Document($"{record.Scenario}: {VerdictSection.Headline(record)}", Html.Of($"""
            {Header(record)}
            {VerdictSection.Of(record)}
            {Warnings(record)}
            {NumberSection.Of(summary)}
            {FaultTable.Of(summary)}
            {PictureSection.Of(charts, graph, summary)}
            {TableSection.Of(summary)}
            {ExemplarSection.Of(record)}
            {RunSection.Of(record)}
            """));
    }

    private static Markup Header(RunRecord record)
    {
        string[] facts =
        [
            record.World == "live" ? "live processes" : "simulated",
            $"{Units.Number(record.DurationSeconds)} s" + (record.WarmupSeconds > 0 ? $", the first {Units.Number(record.WarmupSeconds)} s left out as warm-up" : ""),
            record.Replications.Count == 1 ? "1 replication" : $"{record.Replications.Count} replications",
            $"seed {record.Seed}",
            .. record.Variant.Length > 0 ? new[] { record.Variant } : [],
            .. record.RanAt is { } at ? new[] { at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture) } : [],
        ];
        return Html.Of($"""
            <header>
            <h1>{record.Scenario}</h1>
            {Html.When(record.Description.Length > 0, () => Html.Of($"<p class=\"lead\">{record.Description}</p>"))}
            <p class="facts">{Html.Each(facts, fact => Html.Of($"<span>{fact}</span>"))}</p>
            </header>
            """);
    }

    private static Markup Warnings(RunRecord record)
    {
        string[] all = [.. RunWarnings.Of(record)];
        return Html.When(all.Length > 0, () => Html.Of($"<div class=\"box\"><h3>Warnings</h3><ul>{Html.Each(all, text => Html.Of($"<li>{text}</li>"))}</ul></div>"));
    }
}
