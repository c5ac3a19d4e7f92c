using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Metrics;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

public class IstioMetricsTests
{
    /// <summary>istio.io, "Istio Standard Metrics": the labels of HTTP metrics.</summary>
    private static readonly string[] IstiosLabels =
    [
        "reporter", "source_workload", "source_workload_namespace", "source_principal", "source_app", "source_version", "destination_workload",
        "destination_workload_namespace", "destination_principal", "destination_app", "destination_version", "destination_service", "destination_service_name",
        "destination_service_namespace", "request_protocol", "response_code", "connection_security_policy", "response_flags", "source_canonical_service",
        "source_canonical_revision", "destination_canonical_service", "destination_canonical_revision", "destination_cluster", "source_cluster", "grpc_response_status",
    ];

    [Fact]
    public async Task A_request_comes_out_under_Istio_s_names_and_labels()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Request);
        telemetry.On(Sample.Request with { Duration = TimeSpan.FromMilliseconds(700), Status = 503, Flags = ResponseFlags.UF | ResponseFlags.URX });
        var scrape = await Scrape.OfAsync(telemetry);

        Assert.Equal(1, scrape.Value("istio_requests_total", ("response_code", "200"), ("response_flags", "-"), ("request_protocol", "http"), ("reporter", "source")));
        Assert.Equal(1, scrape.Value("istio_requests_total", ("response_code", "503"), ("response_flags", "UF,URX")));
        Assert.Equal(12.7, scrape.Value("istio_request_duration_milliseconds_sum", ("response_code", "200")), 6);
        Assert.Equal(0, scrape.Value("istio_request_duration_milliseconds_bucket", ("response_code", "200"), ("le", "10")));
        Assert.Equal(1, scrape.Value("istio_request_duration_milliseconds_bucket", ("response_code", "200"), ("le", "25")));
        Assert.Equal(14, scrape.Value("istio_request_bytes_sum", ("response_code", "200")));
        Assert.Equal(2048, scrape.Value("istio_response_bytes_sum", ("response_code", "200")));
        Assert.Equal(IstiosLabels.Order(), scrape.LabelsOf("istio_requests_total").Order());
        Assert.Equal(1, scrape.Value("istio_requests_total", ("response_code", "200"), ("source_workload", "cart"), ("source_workload_namespace", "shop"), ("source_version", "v1"),
            ("destination_service_name", "payments"), ("destination_canonical_revision", "v2"), ("source_principal", "spiffe://mesh.local/ns/shop/sa/cart")));
    }

    [Fact]
    public async Task Histograms_have_Envoy_s_buckets()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Request);
        var scrape = await Scrape.OfAsync(telemetry);
        string[] bounds = [.. System.Text.RegularExpressions.Regex.Matches(scrape.Text, "istio_request_duration_milliseconds_bucket.*le=\"([^\"]+)\"").Select(match => match.Groups[1].Value)];
        Assert.Equal(["0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "30000", "60000", "300000", "600000", "1800000", "3600000", "+Inf"], bounds);
    }

    [Theory]
    [InlineData(Reporter.Source, true, "unknown")]
    [InlineData(Reporter.Destination, true, "mutual_tls")]
    [InlineData(Reporter.Destination, false, "none")]
    public async Task Security_is_told_by_the_callee_s_side(Reporter reporter, bool mutual, string policy)
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Request with { Reporter = reporter, MutualTls = mutual });
        Assert.Equal(1, (await Scrape.OfAsync(telemetry)).Value("istio_requests_total", ("connection_security_policy", policy)));
    }

    [Fact]
    public async Task A_gRPC_call_has_its_status_and_messages()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Request with { IsGrpc = true, GrpcStatus = 14, RequestMessages = 3, ResponseMessages = 5 });
        var scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(1, scrape.Value("istio_requests_total", ("request_protocol", "grpc"), ("grpc_response_status", "14"), ("response_code", "200")));
        Assert.Equal(3, scrape.Value("istio_request_messages_total"));
        Assert.Equal(5, scrape.Value("istio_response_messages_total"));
    }

    [Fact]
    public async Task A_TCP_connection_has_its_own_metrics_without_a_response_code()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.TcpOpened(Sample.Connection);
        telemetry.TcpOpened(Sample.Connection);
        telemetry.On(Sample.Connection);
        var scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(2, scrape.Value("istio_tcp_connections_opened_total", ("request_protocol", "tcp"), ("connection_security_policy", "mutual_tls")));
        Assert.Equal(1, scrape.Value("istio_tcp_connections_closed_total"));
        Assert.Equal(900, scrape.Value("istio_tcp_sent_bytes_total"));
        Assert.Equal(100, scrape.Value("istio_tcp_received_bytes_total"));
        Assert.DoesNotContain("response_code", scrape.LabelsOf("istio_tcp_sent_bytes_total"));
        Assert.DoesNotContain("istio_requests_total", scrape.Names);
    }

    [Fact]
    public async Task Series_beyond_the_bound_are_counted_together()
    {
        await using var telemetry = Sample.Telemetry(new() { Metrics = new() { MaxSeries = 10 } });
        for (int i = 0; i < 100; i++) telemetry.On(Sample.Request with { Destination = new WorkloadFacts { Service = $"service-{i}" } });
        var scrape = await Scrape.OfAsync(telemetry);
        string[] series = [.. scrape.Text.Split('\n').Where(line => line.StartsWith("istio_requests_total{", StringComparison.Ordinal))];
        Assert.InRange(series.Length, 10, 11);
        double overflow = scrape.Value("istio_requests_total", ("otel_metric_overflow", "true"));
        Assert.Equal(100, overflow + series.Length - 1);
    }

    [Fact]
    public async Task A_request_allocates_next_to_nothing()
    {
        await using var telemetry = Sample.Telemetry(new());
        var facts = Sample.Request;
        for (int i = 0; i < 1000; i++) telemetry.On(facts);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int requests = 10_000;
        for (int i = 0; i < requests; i++)
        {
            telemetry.On(facts);
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
        }
        double each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)requests;
        Assert.True(each <= 1, $"{each:F2} bytes a request");
    }

    [Fact]
    public void Labels_are_given_in_the_order_of_their_names()
    {
        string[] filled = [.. IstioLabels.Fill(Sample.Request).ToArray().Select(label => label.Key)];
        Assert.Equal(IstioLabels.Http, filled);
    }
}
