using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>What becomes of the headers of traces on their way through two sidecars.</summary>
public class TraceHeaderTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Span = "00f067aa0ba902b7";

    private const string Sent = $"traceparent: 00-{Trace}-{Span}-01\r\ntracestate: rojo=1\r\nb3: {Trace}-{Span}-1\r\nX-B3-TraceId: {Trace}\r\nX-B3-SpanId: {Span}\r\nX-B3-Sampled: 1\r\nX-B3-ParentSpanId: 1111111111111111\r\n";

    [Theory]
    [InlineData(TracePropagation.W3C | TracePropagation.B3Multi, "traceparent tracestate x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid")]
    [InlineData(TracePropagation.W3C, "traceparent tracestate")]
    [InlineData(TracePropagation.B3Single, "b3")]
    public async Task The_application_gets_each_header_once_and_none_that_is_stale(TracePropagation formats, string expected)
    {
        var headers = await AskAsync(new TelemetryConfig { Metrics = null, Tracing = new TracingConfig { Propagation = formats, SamplingPercent = 100, Zipkin = new Uri("http://127.0.0.1:9/api/v2/spans") } });
        Assert.Equal(expected.Split(' '), headers.Select(header => header.Name).Order());
        Assert.All(headers.Where(header => header.Name is "traceparent" or "b3" or "x-b3-traceid"), header => Assert.Contains(Trace, header.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(headers, header => header.Value.Contains(Span, StringComparison.Ordinal) || header.Value == "1111111111111111");   // it has got spans of the mesh's own
    }

    [Fact]
    public async Task Without_tracing_they_pass_unchanged()
    {
        var headers = await AskAsync(new TelemetryConfig { Metrics = null });
        Assert.Equal(Sent, string.Concat(headers.Select(header => $"{header.Raw}\r\n")), ignoreCase: true);
    }

    private static async Task<List<(string Name, string Value, string Raw)>> AskAsync(TelemetryConfig telemetry)
    {
        string head = "";
        await using var server = RawServer.Answering(request =>
        {
            head = request;
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        });
        await using var mesh = new LiveMesh(telemetry: telemetry);
        await mesh.AddServiceAsync("api", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, server.Port));
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Raw();
        await client.AskAsync($"GET / HTTP/1.1\r\nHost: api\r\n{Sent}Connection: close\r\n\r\n");
        return [.. head.Split("\r\n").Where(line => line.StartsWith("b3:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("x-b3-", StringComparison.OrdinalIgnoreCase) || line.StartsWith("trace", StringComparison.OrdinalIgnoreCase))
            .Select(line => (line[..line.IndexOf(':')].ToLowerInvariant(), line[(line.IndexOf(':') + 2)..], line))];
    }
}
