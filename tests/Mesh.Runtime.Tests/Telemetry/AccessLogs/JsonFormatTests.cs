using System.Buffers;
using System.Text;
using System.Text.Json;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.AccessLogs;

namespace Mesh.Runtime.Tests.Telemetry.AccessLogs;

public class JsonFormatTests
{
    [Fact]
    public void Istio_s_encoding_has_its_keys()
    {
        var json = Parse(new IstioJsonFormat(), Sample.Request);
        Assert.Equal(
            ["authority", "bytes_received", "bytes_sent", "connection_termination_details", "downstream_local_address", "downstream_remote_address", "duration", "method", "path", "protocol",
                "request_id", "requested_server_name", "response_code", "response_code_details", "response_flags", "route_name", "start_time", "upstream_cluster", "upstream_host",
                "upstream_local_address", "upstream_service_time", "upstream_transport_failure_reason", "user_agent", "x_forwarded_for"],
            json.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        Assert.Equal((200, 12, "11"), (json.GetProperty("response_code").GetInt32(), json.GetProperty("duration").GetInt32(), json.GetProperty("upstream_service_time").GetString()));
        Assert.Equal("2026-11-26T10:15:41.310Z", json.GetProperty("start_time").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("requested_server_name").ValueKind);
    }

    [Fact]
    public void A_document_has_the_fields_of_the_Elastic_Common_Schema()
    {
        var json = Parse(new EcsFormat(), Sample.Request with { Status = 503, Flags = ResponseFlags.UC, UpstreamFailure = "reset" });
        (string Path, string Value)[] expected =
        [
            ("@timestamp", "2026-11-26T10:15:41.310Z"), ("ecs.version", "8.11.0"), ("event.kind", "event"), ("event.outcome", "failure"), ("event.duration", "12700000"), ("event.dataset", "meshlab.access"),
            ("http.version", "1.1"), ("http.request.method", "GET"), ("http.request.id", Sample.Request.RequestId!), ("http.request.body.bytes", "14"), ("http.response.status_code", "503"),
            ("http.response.body.bytes", "2048"), ("url.original", "/pay?id=7"), ("url.path", "/pay"), ("url.query", "id=7"), ("url.domain", "payments"), ("url.port", "8080"),
            ("user_agent.original", "curl/8.4.0"), ("network.protocol", "http"), ("network.forwarded_ip", "192.0.2.4"), ("source.ip", "127.0.0.1"), ("source.port", "40022"),
            ("destination.ip", "10.0.0.7"), ("service.name", "cart"), ("service.node.name", "cart-1"), ("service.target.name", "payments"), ("trace.id", Sample.Request.TraceId!),
            ("span.id", Sample.Request.SpanId!), ("error.message", "reset"), ("meshlab.response_flags", "UC"), ("meshlab.reporter", "source"),
        ];
        Assert.All(expected, field => Assert.Equal(field.Value, field.Path.Split('.').Aggregate(json, (element, name) => element.GetProperty(name)).ToString()));
    }

    [Fact]
    public void The_callee_s_document_names_its_origin_and_an_address_that_is_no_IP_is_no_ip()
    {
        var json = Parse(new EcsFormat(), Sample.Request with { Reporter = Reporter.Destination, ForwardedFor = "unknown", DownstreamRemoteAddress = "[2001:db8::1]:443", DownstreamLocalAddress = "localhost:80" });
        Assert.Equal("payments", json.GetProperty("service").GetProperty("name").GetString());
        Assert.Equal("cart", json.GetProperty("service").GetProperty("origin").GetProperty("name").GetString());
        Assert.Equal("2001:db8::1", json.GetProperty("source").GetProperty("ip").GetString());
        Assert.False(json.GetProperty("destination").TryGetProperty("ip", out _));
        Assert.False(json.GetProperty("network").TryGetProperty("forwarded_ip", out _));
    }

    [Fact]
    public void A_connection_s_document_has_nothing_of_HTTP()
    {
        var json = Parse(new EcsFormat(), Sample.Connection);
        Assert.False(json.TryGetProperty("http", out _));
        Assert.False(json.TryGetProperty("url", out _));
        Assert.Equal("network", json.GetProperty("event").GetProperty("category")[0].GetString());
        Assert.Equal("success", json.GetProperty("event").GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("x\r\n{\"a\":1}\u0000\"\\")]
    [InlineData("Müller 😀 \u2028")]
    [InlineData("\ud83d alone")]
    public void Whatever_a_client_sends_a_document_is_one_line_of_JSON(string value)
    {
        foreach (ILogFormat format in (ILogFormat[])[new IstioJsonFormat(), new EcsFormat()])
        {
            var json = Parse(format, Sample.Request with { UserAgent = value, Path = $"/{value}?access_token=hush", Authority = value });
            string agent = format is EcsFormat ? json.GetProperty("user_agent").GetProperty("original").GetString()! : json.GetProperty("user_agent").GetString()!;
            Assert.Equal(value.Replace('\ud83d', '\ufffd').Length, agent.Replace("\ud83d\ude00", "\ufffd\ude00").Length);
            Assert.DoesNotContain("hush", json.ToString());
        }
    }

    private static JsonElement Parse(ILogFormat format, RequestFacts facts)
    {
        var output = new ArrayBufferWriter<byte>();
        format.Write(facts, output);
        string text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(text).RootElement;
    }
}
