using System.Text.Json;
using System.Xml.Linq;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Rendering;

public sealed class FileFormatTests
{
    private static readonly RunRecord Shop = SampleRuns.Shop(replications: 3, perSecond: 10);

    [Fact]
    public void Json_has_the_documented_members()
    {
        var json = JsonDocument.Parse(RunJson.Write([Shop])).RootElement;
        string[] members = ["schema", "scenario", "world", "seed", "replications", "traceHash", "passed", "stopReason", "virtualSeconds", "wallSeconds", "requests", "latencyMs", "services", "edges", "phases", "expectations", "warnings", "replay"];
        Assert.Superset(members.ToHashSet(), json.EnumerateObject().Select(member => member.Name).ToHashSet());
        Assert.Equal(["mean", "p50", "p90", "p95", "p99", "p999", "max"], json.GetProperty("latencyMs").EnumerateObject().Select(member => member.Name));
        Assert.Equal(["total", "succeeded", "failed"], json.GetProperty("requests").EnumerateObject().Select(member => member.Name));
        Assert.Equal("notEnoughData", json.GetProperty("expectations")[3].GetProperty("verdict").GetString());
        Assert.Equal([0.9721, 0.9767], json.GetProperty("expectations")[0].GetProperty("interval").EnumerateArray().Select(end => end.GetDouble()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("expectations")[3].GetProperty("interval").ValueKind);
        Assert.False(json.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void Json_says_what_the_record_says()
    {
        var json = JsonDocument.Parse(RunJson.Write([Shop])).RootElement;
        var totals = Shop.Replications.Select(replication => replication.Select()).ToList();
        Assert.Equal(totals.Sum(one => one.Requests), json.GetProperty("requests").GetProperty("total").GetInt64());
        Assert.Equal(totals.Average(one => one.Latency.Percentile(0.99)) * 1000, json.GetProperty("latencyMs").GetProperty("p99").GetDouble(), 9);
        var payments = json.GetProperty("services").GetProperty("payments");
        var calls = Shop.Replications.Select(replication => replication.Select(new EdgeFilter { To = "payments" })).ToList();
        Assert.Equal(calls.Sum(one => one.Attempts), payments.GetProperty("attempts").GetInt64());
        Assert.Equal(calls.Sum(one => one.Retries), payments.GetProperty("retries").GetInt64());
        Assert.True(payments.GetProperty("endpoints").TryGetProperty("payments-0", out _));
        Assert.True(json.GetProperty("edges").TryGetProperty("storefront -> payments /pay", out _));
        Assert.Equal(Shop.Replications.Sum(replication => replication.Select(new EdgeFilter { Phase = "brownout" }).Requests),
            json.GetProperty("phases").GetProperty("brownout").GetProperty("requests").GetInt64());
    }

    [Fact]
    public void Json_of_an_empty_run_is_json() =>
        Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(RunJson.Write([new RunRecord { Scenario = "", Seed = 1, DurationSeconds = 1, Replications = [] }])).RootElement.GetProperty("latencyMs").GetProperty("p99").ValueKind);

    [Fact]
    public void Several_runs_are_a_list() => Assert.Equal(2, JsonDocument.Parse(RunJson.Write([Shop, Shop])).RootElement.GetArrayLength());

    [Fact]
    public void JUnit_counts_what_did_not_pass_and_tells_how_to_replay_it()
    {
        var suite = XDocument.Parse(JUnitXml.Write([Shop])).Root!.Element("testsuite")!;
        Assert.Equal(("5", "3", "0"), ((string?)suite.Attribute("tests"), (string?)suite.Attribute("failures"), (string?)suite.Attribute("errors")));
        Assert.Equal(Shop.Verdicts.Select(verdict => verdict.Expression), suite.Elements("testcase").Skip(1).Select(one => (string?)one.Attribute("name")));
        var failure = suite.Elements("testcase").ElementAt(1).Element("failure")!;
        Assert.Equal("observed 97.44% (95% interval 97.21% to 97.67%), limit 99%. 2.56% of the requests failed, most of them with UT in phase brownout.", (string?)failure.Attribute("message"));
        Assert.Contains("replay: " + Shop.Replay, failure.Value, StringComparison.Ordinal);
        Assert.Contains(suite.Descendants("property"), property => (string?)property.Attribute("name") == "traceHash.0" && (string?)property.Attribute("value") == Shop.Replications[0].TraceHash);
    }

    [Fact]
    public void JUnit_survives_names_that_xml_cannot_write() =>
        XDocument.Parse(JUnitXml.Write([Shop with { Scenario = "a\u0001b\ud800<&>\"", Replay = "\u0002" }]));

    [Fact]
    public void A_stopped_run_is_an_error_in_JUnit()
    {
        var suite = XDocument.Parse(JUnitXml.Write([Shop with { Replications = [Shop.Replications[0] with { StopReason = "signal" }] }])).Root!.Element("testsuite")!;
        Assert.Equal("Stopped early: signal.", (string?)suite.Elements("testcase").First().Element("error")!.Attribute("message"));
    }

    [Fact]
    public void Markdown_begins_with_the_verdict_and_ends_with_the_replay()
    {
        string text = RunMarkdown.Write(Shop);
        Assert.StartsWith("## checkout-brownout: failed: 2 of 4 expectations do not hold", text, StringComparison.Ordinal);
        Assert.Contains("| **fail** | success\\_rate >= 99% | 97.44% | 97.21% to 97.67% | 99% |", text, StringComparison.Ordinal);
        Assert.Contains("    " + Shop.Replay, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_rows_have_the_columns_of_their_header_and_quote_what_they_must()
    {
        var mesh = new ToyMesh().Call("ingress", "a,\"b\"", "/", 0, 5);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(100) });
        mesh.Play(recorder);
        var run = Shop with { Replications = [recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 1, WallSeconds = 1 })] };
        string directory = Directory.CreateTempSubdirectory("meshlab-").FullName;
        try
        {
            CsvFiles.Write(new RunSummary(run), directory);
            Assert.StartsWith("\"a,\"\"b\"\"\",1,1,0,1,", File.ReadAllLines(Path.Combine(directory, "services.csv"))[1], StringComparison.Ordinal);
            CsvFiles.Write(new RunSummary(Shop), directory);
            foreach (string file in Directory.GetFiles(directory))
            {
                string[] lines = File.ReadAllLines(file);
                Assert.True(lines.Length > 1, file);
                Assert.All(lines, line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
            }
            Assert.Equal(1 + Shop.Replications.Sum(replication => EdgeSeries.Of(replication).Points.Count), File.ReadAllLines(Path.Combine(directory, "timeline.csv")).Length);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
