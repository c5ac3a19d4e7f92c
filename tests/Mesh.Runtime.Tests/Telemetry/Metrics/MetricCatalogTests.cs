using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Metrics;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

public partial class MetricCatalogTests
{
    [Fact]
    public async Task Every_metric_of_the_catalog_comes_out_under_its_name_and_no_other_does()
    {
        await using var telemetry = Sample.Telemetry(new() { AccessLogs = [new() { Sink = new LogFileConfig { Path = "/dev/null" } }] });
        AllMetrics.Tell(telemetry);
        var names = (await Scrape.OfAsync(telemetry)).Names.Select(Base).Distinct().Order();
        Assert.Equal(MetricCatalog.All.Select(metric => metric.Name).Order(), names);
    }

    [Fact]
    public void The_documentation_lists_every_metric_with_its_kind_and_labels()
    {
        string[] rows = [.. File.ReadLines(Repository.PathOf("docs/telemetry.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal) && MetricName().IsMatch(line.Split('`')[1]))];
        Assert.Equal(MetricCatalog.All.Select(Row), rows);
    }

    [Fact]
    public void The_dashboard_asks_for_metrics_that_exist_by_labels_that_they_have()
    {
        int expressions = 0;
        foreach (string expression in Dashboard.Expressions())
        {
            expressions++;
            foreach (Match selector in Selector().Matches(expression))
            {
                var metric = Assert.Single(MetricCatalog.All, metric => metric.Name == Base(selector.Groups[1].Value));
                foreach (Match label in Label().Matches(selector.Groups[2].Value)) Assert.Contains(label.Groups[1].Value, metric.Labels);
            }
            Assert.Matches(Selector(), expression);
        }
        Assert.True(expressions >= 12, $"{expressions} expressions");
    }

    private static string Row(MetricDescription metric)
    {
        string labels = metric.Labels == IstioLabels.Http ? "Istio's, HTTP" : metric.Labels == IstioLabels.Common ? "Istio's, TCP" : string.Join(", ", metric.Labels.Select(label => $"`{label}`"));
        return $"| `{metric.Name}` | {metric.Kind.ToString().ToLowerInvariant()} | {metric.Help} | {labels} |";
    }

    /// <summary>The metric of a sample: histograms have three samples.</summary>
    private static string Base(string sample) => HistogramPart().Replace(sample, "");

    [GeneratedRegex("^(istio|meshlab)_")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"((?:istio|meshlab)_\w+)(?:\{([^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"")]
    private static partial Regex Label();

    [GeneratedRegex("(?<=^istio_(?:request|response)_(?:bytes|duration_milliseconds))_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();
}

/// <summary>Something for each metric there is.</summary>
internal static class AllMetrics
{
    public static void Tell(LiveTelemetry telemetry)
    {
        telemetry.Watch(() => [("cart-1", new AgentStatus { Heard = 0 })], TimeProvider.System);
        telemetry.On(Sample.Request with { IsGrpc = true, GrpcStatus = 0, RequestMessages = 1, ResponseMessages = 1 });
        telemetry.TcpOpened(Sample.Connection);
        telemetry.On(Sample.Connection);
        foreach (var kind in Enum.GetValues<MeshEventKind>()) telemetry.On(Sample.Event(kind, 1));
        telemetry.IdentityRenewed(0, true);
        telemetry.TlsRefused(0, TlsRefusal.Untrusted);
    }
}

/// <summary>The Grafana dashboard in the documentation.</summary>
internal static class Dashboard
{
    public static IEnumerable<string> Expressions()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("docs/telemetry/grafana-dashboard.json")));
        return [.. Find(json.RootElement.GetProperty("panels"))];
    }

    private static IEnumerable<string> Find(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Find),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.NameEquals("expr") ? [property.Value.GetString()!] : Find(property.Value)),
        _ => [],
    };
}

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string PathOf(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MeshLab.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, relative);
    }
}
