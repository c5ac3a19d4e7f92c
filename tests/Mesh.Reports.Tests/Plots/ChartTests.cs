using Mesh.Reports.Plots;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Plots;

/// <summary>Each plotted series, worked out again from the run record in another way.</summary>
public sealed class ChartTests
{
    private static readonly RunRecord Run = SampleRuns.Shop(replications: 3, perSecond: 20);
    private static readonly IReadOnlyList<Chart> Charts = HtmlReport.Charts(Run);

    private static Chart Named(string name) => Charts.Single(chart => chart.Name == name);

    private static double[] PerWindow(Func<ReplicationRecord, int, double> value) =>
        [.. Enumerable.Range(0, 90).Select(window => Run.Replications.Average(replication => value(replication, window)))];

    private static List<EdgeWindow> Entered(ReplicationRecord replication, int window) =>
        [.. replication.Edges.Where(edge => edge.From == "ingress").SelectMany(edge => edge.Windows).Where(one => one.Index == window)];

    private static LogHistogram LatencyIn(ReplicationRecord replication, int window) => LogHistogram.Merge(Entered(replication, window).Select(one => one.Latency()));

    private static void Equal(double[] expected, IReadOnlyList<double> found)
    {
        Assert.Equal(expected.Length, found.Count);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9);
    }

    [Theory]
    [InlineData(0, "p99", 0.99)]
    [InlineData(1, "p95", 0.95)]
    [InlineData(2, "p50", 0.5)]
    public void Latency_over_time_is_the_mean_of_the_replications_percentiles(int index, string name, double quantile)
    {
        var series = Named("latency-over-time").Series[index];
        Assert.Equal(name, series.Name);
        Equal(PerWindow((replication, window) => LatencyIn(replication, window).Percentile(quantile) / TimeSpan.TicksPerSecond), series.Y);
        Equal([.. Enumerable.Range(0, 90).Select(window => window + 0.5)], series.X);
    }

    [Fact]
    public void The_band_around_p99_is_its_range_over_the_replications()
    {
        var series = Named("latency-over-time").Series[0];
        double P99(ReplicationRecord replication, int window) => LatencyIn(replication, window).Percentile(0.99) / TimeSpan.TicksPerSecond;
        Equal([.. Enumerable.Range(0, 90).Select(window => Run.Replications.Min(replication => P99(replication, window)))], series.Low);
        Equal([.. Enumerable.Range(0, 90).Select(window => Run.Replications.Max(replication => P99(replication, window)))], series.High);
    }

    [Fact]
    public void Throughput_and_success_over_time_are_counts_of_the_windows()
    {
        var throughput = Named("throughput-over-time");
        Equal(PerWindow((replication, window) => Entered(replication, window).Sum(one => one.Requests)), throughput.Series[0].Y);
        Equal(PerWindow((replication, window) => Entered(replication, window).Sum(one => one.Succeeded)), throughput.Series[1].Y);
        Equal(PerWindow((replication, window) => Entered(replication, window).Sum(one => one.Succeeded) / (double)Entered(replication, window).Sum(one => one.Requests)),
            Named("success-over-time").Series[0].Y);
    }

    [Fact]
    public void Attempts_over_time_are_over_all_calls() => Equal(
        PerWindow((replication, window) =>
        {
            var all = replication.Edges.SelectMany(edge => edge.Windows).Where(one => one.Index == window).ToList();
            return all.Sum(one => one.Attempts) / (double)all.Sum(one => one.Requests);
        }),
        Named("attempts-over-time").Series[0].Y);

    [Fact]
    public void Busy_workers_over_time_shows_the_five_busiest_services()
    {
        var chart = Named("utilisation-over-time");
        var busiest = Run.Replications[0].Services.OrderByDescending(service =>
            Run.Replications.Average(replication => replication.Services.Single(one => one.Name == service.Name).Utilisation.Average())).Take(5).Select(service => service.Name).ToList();
        Assert.Equal(busiest, chart.Series.Select(series => series.Name));
        foreach (var series in chart.Series)
            Equal(PerWindow((replication, window) => replication.Services.Single(service => service.Name == series.Name).Utilisation[window]), series.Y);
    }

    [Fact]
    public void The_distribution_says_how_many_requests_were_slower()
    {
        var chart = Named("latency-distribution");
        Assert.Equal(["all requests", "storefront /home", "storefront /checkout"], chart.Series.Select(series => series.Name));
        var checkout = LogHistogram.Merge(Run.Replications.SelectMany(replication => replication.Edges).Where(edge => edge is { From: "ingress", Path: "/checkout" })
            .SelectMany(edge => edge.Slices).OfType<TrafficStats>().Select(slice => slice.Latency));
        var series = chart.Series[2];
        Assert.Equal((checkout.Min / 1e7, 1.0), (series.X[0], series.Y[0]));
        for (int i = 1; i < series.X.Count; i++)
        {
            long slower = checkout.Buckets().Where(bucket => bucket.From > series.X[i] * 1e7).Sum(bucket => bucket.Count);
            Assert.Equal(slower / (double)checkout.Count, series.Y[i], 12);
        }
        Assert.True(series.Y.Count > 50);
    }

    [Fact]
    public void A_dot_is_the_mean_of_one_replica()
    {
        var chart = Named("utilisation-per-replica");
        var dots = chart.Series[0];
        var means = Run.Replications.SelectMany(replication => replication.Replicas).GroupBy(replica => (replica.Service, replica.Name))
            .Select(group => (group.Key.Service, Busy: group.Average(replica => replica.BusyFraction))).OrderBy(dot => dot.Service).ThenBy(dot => dot.Busy);
        var found = dots.X.Zip(dots.Y, (busy, row) => (Service: chart.Rows[(int)row], Busy: busy)).OrderBy(dot => dot.Service).ThenBy(dot => dot.Busy);
        Assert.Equal(means, found);
    }

    [Fact]
    public void Phases_and_the_warm_up_are_shaded_in_every_chart_over_time()
    {
        foreach (var chart in Charts.Where(chart => chart.X.Label == "Time (s)"))
            Assert.Equal([new ChartSpan("warm-up", 0, 10), new ChartSpan("ramp", 0, 30), new ChartSpan("brownout", 30, 50)], chart.Spans);
        Assert.Equal(5, Charts.Count(chart => chart.Spans.Count == 3));
    }

    [Fact]
    public void Every_axis_says_what_it_shows() =>
        Assert.All(Charts, chart => Assert.True(chart.X.Label.Length > 0 && (chart.Y.Label.Length > 0 || chart.Rows.Count > 0), chart.Name));

    [Fact]
    public void A_chart_with_nothing_to_show_is_left_out()
    {
        var run = Run with { Replications = [Run.Replications[0] with { Replicas = [], Services = [] }] };
        Assert.DoesNotContain(HtmlReport.Charts(run), chart => chart.Name.StartsWith("utilisation", StringComparison.Ordinal));
        Assert.Empty(HtmlReport.Charts(Run with { Replications = [] }));
    }

    [Fact]
    public void Pictures_have_text_even_where_no_font_is_installed()
    {
        // The shipped font must be found first, so that the machine's fonts do not matter.
        string svg = ChartRenderer.Svg(Named("latency-over-time"), 900, 300);
        Assert.Contains("font-family=\"Inter, ", svg, StringComparison.Ordinal);
        var texts = System.Xml.Linq.XDocument.Parse(svg).Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value.Trim()).ToList();
        Assert.Superset(new HashSet<string>(["Time (s)", "Latency", "brownout", "p99", "100 ms"]), texts.ToHashSet());
    }

    [Fact]
    public void Colours_are_the_same_few_for_everybody() => Assert.All(Charts.SelectMany(chart => chart.Series), series => Assert.InRange(series.Color, 0, Palette.Series.Count - 1));
}
