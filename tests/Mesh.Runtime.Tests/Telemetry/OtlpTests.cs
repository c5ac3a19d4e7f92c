using Mesh.Runtime.Security;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Telemetry;

/// <summary>What OTLP receivers get, over both of its transports.</summary>
public class OtlpTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = "00f067aa0ba902b7";

    [Theory]
    [InlineData(OtlpTransport.HttpProtobuf, "/v1/metrics")]
    [InlineData(OtlpTransport.Grpc, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    public async Task Metrics_are_pushed(OtlpTransport transport, string path)
    {
        await using var receiver = await StartAsync(transport);
        await using (var telemetry = Sample.Telemetry(new() { Metrics = new() { Otlp = new() { Endpoint = receiver.Address, Transport = transport, Headers = new Dictionary<string, Secret> { ["x-key"] = new("a b,c") } } } }))
            telemetry.On(Sample.Request);
        var received = await receiver.NextAsync();

        Assert.Equal((path, "a b,c"), (received.Path, received.Headers["x-key"]));
        var resource = Message(transport, received).Messages(1).Single();   // resource_metrics
        Assert.Equal("meshlab", resource.Messages(1).Single().Attributes(1)["service.name"]);
        var metrics = resource.Messages(2, 2).ToDictionary(metric => metric.Text(1));   // scope_metrics, metrics
        var point = metrics["istio_requests_total"].Messages(7, 1).Single();   // sum, data_points
        Assert.Equal("payments", point.Attributes(7)["destination_service"]);
        Assert.Equal(1UL, point.Number(6));   // as_int
        var histogram = metrics["istio_request_duration_milliseconds"].Messages(9, 1).Single();
        Assert.Equal(1UL, histogram.Number(4));   // count
        Assert.Equal(19 * sizeof(double), histogram.Bytes(7).Length);   // explicit_bounds
    }

    [Theory]
    [InlineData(OtlpTransport.HttpProtobuf, "/v1/traces")]
    [InlineData(OtlpTransport.Grpc, "/opentelemetry.proto.collector.trace.v1.TraceService/Export")]
    public async Task Spans_are_pushed(OtlpTransport transport, string path)
    {
        await using var receiver = await StartAsync(transport);
        await using (var telemetry = Sample.Telemetry(new() { Metrics = null, Tracing = new() { Otlp = new() { Endpoint = receiver.Address, Transport = transport } } }))
        {
            var headers = new Dictionary<string, string> { ["traceparent"] = $"00-{Trace}-{Parent}-01", ["tracestate"] = "rojo=1" };
            var hop = telemetry.Tracing.BeginHop(Reporter.Source, 0, 7, headers, (carrier, name) => carrier.GetValueOrDefault(name));
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
            telemetry.On(Sample.Event(MeshEventKind.FaultInjected, (int)FaultKind.Abort));
            telemetry.On(Sample.Event(MeshEventKind.AttemptEnded, 503, flags: ResponseFlags.FI));
            telemetry.Tracing.EndHop(hop, Sample.Request with { Status = 503, Flags = ResponseFlags.FI });
        }
        var received = await receiver.NextAsync();

        Assert.Equal(path, received.Path);
        var resource = Message(transport, received).Messages(1).Single();   // resource_spans
        Assert.Equal("cart", resource.Messages(1).Single().Attributes(1)["service.name"]);
        var spans = resource.Messages(2, 2).ToList();   // scope_spans, spans
        Assert.All(spans, span => Assert.Equal(Trace, Hex(span.Bytes(1))));
        var hopSpan = spans.Single(span => Hex(span.Bytes(4)) == Parent);
        Assert.Equal(("rojo=1", "GET payments", 3UL), (hopSpan.Text(3), hopSpan.Text(5), hopSpan.Number(6)));   // trace_state, name, kind: client
        Assert.Equal((503L, "FI"), (hopSpan.Attributes(9)["http.response.status_code"], hopSpan.Attributes(9)["response_flags"]));
        Assert.Equal(2UL, hopSpan.Messages(15).Single().Number(3));   // status: error
        var attempt = spans.Single(span => Hex(span.Bytes(4)) == Hex(hopSpan.Bytes(2)));
        Assert.Equal(("fault injected", "Abort"), (attempt.Messages(11).Single().Text(2), attempt.Messages(11).Single().Messages(3).First().Messages(2).Single().Text(1)));
    }

    private static Task<Receiver> StartAsync(OtlpTransport transport) => transport == OtlpTransport.HttpProtobuf
        ? Receiver.StartAsync()
        : Receiver.StartAsync(AnswerGrpcAsync, HttpProtocols.Http2);

    /// <summary>An empty message, and the status in trailers.</summary>
    private static async Task AnswerGrpcAsync(HttpContext context, Received received)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    /// <summary>gRPC puts five bytes before a message: whether it is compressed, and its length.</summary>
    private static ProtoFields Message(OtlpTransport transport, Received received) => new(transport == OtlpTransport.Grpc ? received.Body[5..] : received.Body);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
