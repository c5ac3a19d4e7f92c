using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using OpenTelemetry;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// Spans to a Zipkin receiver, as JSON of its version 2 (zipkin.io/zipkin-api). OpenTelemetry's own exporter is obsolete and about to go,
/// while Zipkin's format, which Jaeger and Grafana take too, is not.
/// </summary>
internal sealed class ZipkinExporter : BaseExporter<Activity>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = Timeout };
    private readonly Uri _endpoint;
    private readonly string _service;

    public ZipkinExporter(Uri endpoint, string service)
    {
        _endpoint = endpoint;
        _service = service;
    }

    public override ExportResult Export(in Batch<Activity> batch)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartArray();
            foreach (var span in batch) Write(json, span);
            json.WriteEndArray();
        }
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint)
            {
                Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            using var response = _client.Send(request);
            return response.IsSuccessStatusCode ? ExportResult.Success : ExportResult.Failure;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return ExportResult.Failure;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _client.Dispose();
        base.Dispose(disposing);
    }

    private void Write(Utf8JsonWriter json, Activity span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId.ToHexString());
        json.WriteString("id", span.SpanId.ToHexString());
        if (span.ParentSpanId != default) json.WriteString("parentId", span.ParentSpanId.ToHexString());
        json.WriteString("name", span.DisplayName);
        if (span.Kind is ActivityKind.Client or ActivityKind.Server) json.WriteString("kind", span.Kind == ActivityKind.Client ? "CLIENT" : "SERVER");
        json.WriteNumber("timestamp", Microseconds(span.StartTimeUtc));
        json.WriteNumber("duration", Math.Max(1, (long)span.Duration.TotalMicroseconds));
        Endpoint(json, "localEndpoint", _service);
        if (span.GetTagItem("peer.service") is string peer) Endpoint(json, "remoteEndpoint", peer);
        WriteEvents(json, span);
        json.WriteStartObject("tags");
        foreach (var tag in span.EnumerateTagObjects())
        {
            if (tag.Value is not null) json.WriteString(tag.Key, Convert.ToString(tag.Value, CultureInfo.InvariantCulture));
        }
        if (span.Status == ActivityStatusCode.Error) json.WriteString("error", span.StatusDescription ?? "true");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, Activity span)
    {
        json.WriteStartArray("annotations");
        foreach (var e in span.Events)
        {
            json.WriteStartObject();
            json.WriteNumber("timestamp", Microseconds(e.Timestamp.UtcDateTime));
            json.WriteString("value", e.Tags.Any() ? $"{e.Name} {string.Join(' ', e.Tags.Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}")))}" : e.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Endpoint(Utf8JsonWriter json, string name, string service)
    {
        json.WriteStartObject(name);
        json.WriteString("serviceName", service);
        json.WriteEndObject();
    }

    private static long Microseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
