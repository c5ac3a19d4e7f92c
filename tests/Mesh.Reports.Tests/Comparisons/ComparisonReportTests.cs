using System.Text.Json;
using Mesh.Reports.Comparisons;
using Mesh.Reports.Rendering;

namespace Mesh.Reports.Tests.Comparisons;

public sealed class ComparisonReportTests : IDisposable
{
    private static readonly ComparisonTable Table = new(SyntheticComparison.Of([0.5, 1, 2], ("base", (ms, _) => ms), ("slow <b>", (ms, r) => ms * 2 + r)));

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshlab-compare");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void The_report_holds_the_differences_the_pictures_and_the_settings()
    {
        string page = File.ReadAllText(ComparisonReport.Write(Table, _directory.FullName));
        foreach (string text in (string[])["2 variants", "Bonferroni", "p99 against load", "Latency by variant at 2 x load", "slow &lt;b&gt;", "baseline", "tie &#177;", "meshlab compare synthetic.yaml", "not judged"])
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotContain("slow <b>", page, StringComparison.Ordinal);
        foreach (string file in (string[])["p99-against-load.png", "latency-by-variant-at-0-5.svg", "comparison.csv", ComparisonStore.FileName]) Assert.True(File.Exists(Path.Combine(_directory.FullName, file)), file);
    }

    [Fact]
    public void A_stored_comparison_renders_the_same_page_again()
    {
        string first = File.ReadAllText(ComparisonReport.Write(Table, _directory.FullName));
        var stored = ComparisonStore.Load(Path.Combine(_directory.FullName, ComparisonStore.FileName));
        Assert.Equal(first, File.ReadAllText(ComparisonReport.Write(new ComparisonTable(stored), Path.Combine(_directory.FullName, "again"))));
    }

    [Fact]
    public void A_run_record_is_no_comparison()
    {
        HtmlReport.Write(SampleRuns.Shop(replications: 1), _directory.FullName);
        var error = Assert.Throws<InvalidDataException>(() => ComparisonStore.Load(Path.Combine(_directory.FullName, HtmlReport.RecordName)));
        Assert.Contains("not a comparison", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_has_a_row_for_each_variant_and_load_with_milliseconds_and_verdicts()
    {
        using var json = JsonDocument.Parse(ComparisonJson.Write(Table));
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(6, rows.Count);
        var p99 = rows[1].GetProperty("latencyMsP99");
        Assert.Equal("worse", p99.GetProperty("difference").GetProperty("verdict").GetString());
        Assert.InRange(p99.GetProperty("mean").GetDouble(), 40, 100);
        Assert.False(rows[0].GetProperty("latencyMsP99").TryGetProperty("difference", out _));
    }

    [Fact]
    public void A_chart_against_the_load_draws_each_variants_mean_with_its_interval()
    {
        var chart = ComparisonCharts.Of(Table).First(one => one.Name == "p99-against-load");
        Assert.Equal(["base", "slow <b>"], chart.Series.Select(series => series.Name));
        Assert.Equal([0.5, 1, 2], chart.Series[0].X);
        var cell = Table.Rows.First(row => row.Load == 2 && row.IsBaseline).Cells.First(one => one.Number.Key == "latencyP99");
        Assert.Equal(cell.Value.Mean, chart.Series[0].Y[2]);
        Assert.Equal(cell.Value.High!.Value, chart.Series[0].High[2]);
    }
}
