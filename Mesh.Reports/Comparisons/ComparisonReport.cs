using System.Globalization;
using Mesh.Reports.Plots;
using Mesh.Reports.Rendering;

namespace Mesh.Reports.Comparisons;

/// <summary>
/// Writes a comparison's report: <c>report.html</c>, one file that needs no other; beside it the pictures as SVG and PNG, the table as
/// <c>comparison.csv</c>, and the comparison itself (<c>compare.meshcmp</c>), from which all of it can be written again.
/// </summary>
public static class ComparisonReport
{
    /// <summary>Writes everything into <paramref name="directory"/>, which is created. What has the same name is replaced.</summary>
    /// <returns>The path of the page.</returns>
    public static string Write(ComparisonTable table, string directory)
    {
        Directory.CreateDirectory(directory);
        var charts = ComparisonCharts.Of(table);
        foreach (var chart in charts)
        {
            File.WriteAllText(Path.Combine(directory, chart.Name + ".svg"), ChartRenderer.Svg(chart, ChartFigure.Width, ChartFigure.HeightOf(chart) + 40, titled: true));
            File.WriteAllBytes(Path.Combine(directory, chart.Name + ".png"), ChartRenderer.Png(chart, ChartFigure.Width, ChartFigure.HeightOf(chart) + 40));
        }
        File.WriteAllText(Path.Combine(directory, "comparison.csv"), ComparisonCsv.Write(table));
        ComparisonStore.Save(table.Record, Path.Combine(directory, ComparisonStore.FileName));
        string page = Path.Combine(directory, HtmlReport.PageName);
        File.WriteAllText(page, Page(table, charts));
        return page;
    }

    /// <summary>One paragraph that says what the differences mean.</summary>
    public static string HowToRead(ComparisonTable table)
    {
        string adjusted = table.Differences == 1 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" There are {table.Differences} differences for each number, so each interval has the confidence {table.Confidence * 100:0.###}% (Bonferroni): all of them hold at once with 95%.");
        return "A difference is this variant less the baseline, paired by seed, with its 95% interval." + adjusted
            + " A tie is an interval that contains 0: with this many replications the two cannot be told apart. The files' expectations are not judged here.";
    }

    internal static string Page(ComparisonTable table, IReadOnlyList<Chart> charts)
    {
        var record = table.Record;
        return HtmlPage.Document($"{record.Name}: {record.Variants.Count} variants compared", Html.Of($"""
            {Header(table)}
            {Html.When(record.Warnings.Count > 0, () => Html.Of($"<div class=\"box\"><h3>Warnings</h3><ul>{Html.Each(record.Warnings, text => Html.Of($"<li>{text}</li>"))}</ul></div>"))}
            <section><h2>How they differ</h2>
            <ul>{Html.Each(record.Variants.Where(variant => variant.Name != record.Baseline), variant => Html.Of($"<li><strong>{variant.Name}</strong>: {table.Tally(variant.Name)} comparisons with {record.Baseline}.</li>"))}</ul>
            <p class="note">{HowToRead(table)}</p>
            {Html.Each(record.Loads, load => Load(table, load))}
            </section>
            <section><h2>Pictures</h2>{Html.Each(charts, ChartFigure.Of)}</section>
            {Variants(record)}
            {RunSection.HowComparisonRan(record)}
            """));
    }

    private static Markup Header(ComparisonTable table)
    {
        var record = table.Record;
        var first = record.Runs[0].Record;
        string[] facts =
        [
            $"{record.Variants.Count} variants",
            record.Loads.Count == 1 ? "1 load" : $"{record.Loads.Count} loads",
            $"{first.Replications.Count} paired replications, seeds {first.Seed} to {first.Replications[^1].Seed}",
            $"{Units.Number(first.DurationSeconds)} s" + (first.WarmupSeconds > 0 ? $", the first {Units.Number(first.WarmupSeconds)} s left out as warm-up" : ""),
            $"baseline: {record.Baseline}",
        ];
        return Html.Of($"""
            <header>
            <h1>{record.Name}: compared</h1>
            {Html.When(record.Description.Length > 0, () => Html.Of($"<p class=\"lead\">{record.Description}</p>"))}
            <p class="facts">{Html.Each(facts, fact => Html.Of($"<span>{fact}</span>"))}</p>
            </header>
            """);
    }

    private static Markup Load(ComparisonTable table, double load)
    {
        string title = table.Record.Loads.Count == 1 && load == 1 ? "At the load as written" : string.Create(CultureInfo.InvariantCulture, $"At {load:0.####} x load");
        return Html.Of($"""
            <h3>{title}</h3>
            <div class="scroll"><table class="compared">
            <thead><tr><th class="text">Variant</th>{Html.Each(ComparedNumber.All, number => Html.Of($"<th>{number.Title}</th>"))}</tr></thead>
            <tbody>
            {Html.Each(table.Rows.Where(row => row.Load.Equals(load)), row => Html.Of($"<tr><td class=\"text wrap\">{row.Variant}{Html.When(row.IsBaseline, () => Html.Raw("<span class=\"why\">baseline</span>"))}</td>{Html.Each(row.Cells, Cell)}</tr>\n"))}
            </tbody></table></div>
            """);
    }

    private static Markup Cell(ComparisonCell cell) => Html.Of($"<td>{cell.Number.Write(cell.Value.Mean)}{Difference(cell)}</td>");

    private static Markup Difference(ComparisonCell cell)
    {
        if (cell.Verdict == DifferenceVerdict.Baseline) return Markup.Empty;
        if (cell.Difference is not { Difference: { HalfWidth: { } half } difference }) return Html.Of($"<span class=\"why\">{Units.None}</span>");
        string within = $"±{cell.Number.WriteSize(half)}";
        if (cell.Verdict == DifferenceVerdict.Tie) return Html.Of($"<span class=\"why\">tie {within}</span>");
        return Html.Of($"<span class=\"difference {(cell.Verdict == DifferenceVerdict.Better ? "pass" : "fail")}\">{cell.Number.WriteDifference(difference.Mean)}</span><span class=\"why\">{within}</span>");
    }

    private static Markup Variants(ComparisonRecord record)
    {
        string[] paths = [.. record.Variants.SelectMany(variant => variant.Settings).Select(setting => setting.Name).Distinct()];
        return Html.Of($"""
            <section><h2>The variants</h2>
            <div class="scroll"><table>
            <thead><tr><th class="text">Variant</th><th class="text">File</th>{Html.Each(paths, path => Html.Of($"<th class=\"text\">{path}</th>"))}</tr></thead>
            <tbody>
            {Html.Each(record.Variants, variant => Html.Of($"<tr><td class=\"text\">{variant.Name}</td><td class=\"text\">{variant.File}</td>{Html.Each(paths, path => Html.Of($"<td class=\"text\"><code>{Value(variant, path)}</code></td>"))}</tr>\n"))}
            </tbody></table></div>
            {Html.Each(record.Variants, variant => Html.Of($"<details><summary>What {variant.Name} ran with</summary><dl class=\"pairs\">{Html.Each(record.Run(variant.Name, record.Loads[^1]).Settings, setting => Html.Of($"<dt>{setting.Name}</dt><dd>{setting.Value}</dd>"))}</dl></details>\n"))}
            </section>
            """);
    }

    private static string Value(ComparedVariant variant, string path) => variant.Settings.FirstOrDefault(setting => setting.Name == path)?.Value ?? "";
}
