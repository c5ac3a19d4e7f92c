using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Rendering;

public sealed class HtmlReportTests
{
    private static readonly RunRecord Shop = SampleRuns.Shop(replications: 2, perSecond: 10);

    /// <summary>The page as XML: it is written so that every tag is closed and every attribute quoted.</summary>
    private static XElement Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader).Root!;
    }

    private static RunRecord Hostile(string name)
    {
        var mesh = new ToyMesh().Call("ingress", name, "/" + name, 0, 5, 503).Call(name, "cart" + name, "/", 1, 2);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(1000), Phases = [new PhaseSpan(name, 0, ToyMesh.Ms(500))] });
        mesh.Play(recorder);
        var record = recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = name, VirtualSeconds = 1, WallSeconds = 1, StopReason = name, Warnings = [name], Replicas = [new ReplicaUsage(name, name, name, 1, 0.5, 0, 0, 1, 0)] });
        return new RunRecord
        {
            Scenario = name, File = name, Description = name, Variant = name, World = name, Seed = 1, DurationSeconds = 1, Replications = [record], Replay = name,
            NotModelled = [name], Settings = [new(name, name)], Versions = [new(name, name)], Warnings = [name],
            Verdicts = [new ExpectationVerdict { Expression = name, Verdict = Verdict.Fail, Explanation = name, Unit = name, Observed = 1, Limit = 1 }],
        };
    }

    [Fact]
    public void The_page_is_well_formed_and_stands_alone()
    {
        string page = HtmlReport.Page(Shop);
        Parse(page);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", page, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Regex.Matches(page, """(src|href)\s*=\s*["'](?!data:|#)[^"']*""").Select(match => match.Value));
        Assert.Empty(Regex.Matches(page, """url\((?!data:|#)[^)]*""").Select(match => match.Value));
        Assert.Empty(Regex.Matches(page, """(?<!xmlns(:xlink)?=")https?://\S*""").Select(match => match.Value));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("a & b 'quoted'")]
    public void Names_are_text_wherever_they_stand(string name)
    {
        string page = HtmlReport.Page(Hostile(name));
        var root = Parse(page);
        Assert.Contains(name, root.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(root.Descendants(), element => element.Name.LocalName is "script" or "img");
        Assert.DoesNotContain(root.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public void Verdicts_come_before_everything_else()
    {
        string text = Parse(HtmlReport.Page(Shop)).Descendants().Single(element => element.Name.LocalName == "main").Value;
        int verdict = text.IndexOf("Failed: 2 of 4 expectations do not hold, 1 of 4 has not enough data.", StringComparison.Ordinal);
        Assert.InRange(verdict, 0, text.IndexOf("Key numbers", StringComparison.Ordinal));
        foreach (string heading in new[] { "What happened", "Who called whom", "Where it hurts", "How it was run", "What this run did not model" })
            Assert.Contains(heading, text, StringComparison.Ordinal);
        Assert.Contains(Shop.Replay, text, StringComparison.Ordinal);
        Assert.Contains(Shop.Replications[1].TraceHash, text, StringComparison.Ordinal);
        Assert.All(Shop.NotModelled, line => Assert.Contains(line, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Identifiers_are_unique_in_the_page()
    {
        var ids = Parse(HtmlReport.Page(Shop)).Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void A_run_without_replications_without_requests_or_with_one_replication_has_a_page()
    {
        var empty = new RunRecord { Scenario = "empty", Seed = 1, DurationSeconds = 1, Replications = [] };
        Assert.Contains("there is nothing to show", Parse(HtmlReport.Page(empty)).Value, StringComparison.Ordinal);

        var silent = new RunRecorder(new ToyMesh().Directory, new RecorderOptions { End = 10_000_000 })
            .Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 0.2, WallSeconds = 0, StopReason = "signal" });
        Assert.Contains("Stopped early (signal): replication 0", Parse(HtmlReport.Page(empty with { Replications = [silent] })).Value, StringComparison.Ordinal);

        Assert.Contains("With one replication there is no interval", Parse(HtmlReport.Page(Shop with { Replications = [Shop.Replications[0]] })).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_tables_are_cut_and_say_where_the_rest_is()
    {
        string page = HtmlReport.Page(SampleRuns.Tree(3, 10, 2));
        Assert.Contains("The first 25 of 111; all are in services.csv.", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 10_000, 1_000_000);
    }

    [Fact]
    public void The_directory_holds_pictures_tables_and_the_record_from_which_the_same_page_comes_again()
    {
        string directory = Path.Combine(Path.GetTempPath(), "meshlab-" + Path.GetRandomFileName());
        try
        {
            string page = HtmlReport.Write(Shop, Path.Combine(directory, "deep"));
            string[] names = [.. Directory.GetFiles(Path.GetDirectoryName(page)!).Select(file => Path.GetFileName(file)!)];
            Assert.Superset(new HashSet<string>(["report.html", "run.meshrun", "services.csv", "edges.csv", "timeline.csv", "replicas.csv", "endpoints.csv", "latency-over-time.svg", "latency-over-time.png", "service-graph.svg"]), names.ToHashSet());
            Assert.All(Directory.GetFiles(Path.GetDirectoryName(page)!, "*.png"), file => Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(file).Take(4)));
            Assert.All(Directory.GetFiles(Path.GetDirectoryName(page)!, "*.svg"), file => XDocument.Load(file));
            var again = RunRecordStore.Load(Path.Combine(Path.GetDirectoryName(page)!, "run.meshrun"));
            Assert.Equal(File.ReadAllText(page), HtmlReport.Page(again));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
