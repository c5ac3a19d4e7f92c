using System.Buffers;
using System.Text.Json;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// Documents of the Elastic Common Schema 8.11, one a line; what ECS has no field for stands under <c>meshlab</c>.
/// What is not known is left out.
/// </summary>
internal sealed class EcsFormat : ILogFormat
{
    private readonly JsonLine _line = new();

    public IReadOnlyList<string> RequestHeaders => [];

    public IReadOnlyList<string> ResponseHeaders => [];

    public void Write(RequestFacts facts, IBufferWriter<byte> output)
    {
        var json = _line.Begin(output);
        _line.Time("@timestamp", facts.Started);
        Object(json, "ecs", ("version", "8.11.0"));
        Event(json, facts);
        if (facts.Method is not null) Http(json, facts);
        Url(json, facts);
        Object(json, "user_agent", ("original", facts.UserAgent));
        Network(json, facts);
        Peer(json, "source", facts.DownstreamRemoteAddress);
        Peer(json, "destination", facts.Reporter == Reporter.Source ? facts.UpstreamHost : facts.DownstreamLocalAddress);
        if (facts.Reporter == Reporter.Source) Service(json, facts.Source, "target", facts.Destination);
        else Service(json, facts.Destination, "origin", facts.Source);
        Object(json, "trace", ("id", facts.TraceId));
        Object(json, "span", ("id", facts.SpanId));
        Object(json, "error", ("message", facts.UpstreamFailure ?? facts.DownstreamFailure));
        Mesh(json, facts);
        _line.End(output);
    }

    private static void Event(Utf8JsonWriter json, RequestFacts facts)
    {
        bool failed = facts.Method is null ? facts.Flags != ResponseFlags.None || facts.Termination is not null : facts.Status is 0 or >= 400 || facts.GrpcStatus > 0;
        json.WriteStartObject("event");
        json.WriteString("kind", "event");
        Array(json, "category", facts.Method is null ? "network" : "web");
        Array(json, "type", facts.Method is null ? "connection" : "access");
        json.WriteString("dataset", "meshlab.access");
        json.WriteString("outcome", failed ? "failure" : "success");
        json.WriteNumber("duration", facts.Duration.Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteEndObject();
    }

    private static void Http(Utf8JsonWriter json, RequestFacts facts)
    {
        json.WriteStartObject("http");
        Text(json, "version", facts.Protocol?.StartsWith("HTTP/", StringComparison.Ordinal) == true ? facts.Protocol["HTTP/".Length..] : null);
        json.WriteStartObject("request");
        json.WriteString("method", facts.Method);
        Text(json, "id", facts.RequestId);
        Bytes(json, facts.BytesReceived);
        json.WriteEndObject();
        json.WriteStartObject("response");
        json.WriteNumber("status_code", facts.Status);
        Bytes(json, facts.BytesSent);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Url(Utf8JsonWriter json, RequestFacts facts)
    {
        if (PathText.Safe(facts.Path) is not { } path) return;
        int query = path.IndexOf('?', StringComparison.Ordinal);
        var (domain, port) = facts.Authority is { } authority ? LogFields.Split(authority) : ("", -1);
        json.WriteStartObject("url");
        json.WriteString("original", path);
        json.WriteString("path", query < 0 ? path : path[..query]);
        if (query >= 0) json.WriteString("query", path[(query + 1)..]);
        if (domain.Length > 0) json.WriteString("domain", domain);
        if (port >= 0) json.WriteNumber("port", port);
        json.WriteEndObject();
    }

    private static void Network(Utf8JsonWriter json, RequestFacts facts)
    {
        string? forwarded = facts.ForwardedFor?.Split(',')[0].Trim();
        Object(json, "network", ("transport", "tcp"), ("protocol", facts.Method is null ? null : facts.IsGrpc ? "grpc" : "http"), ("forwarded_ip", IsIp(forwarded) ? forwarded : null));
    }

    private static void Peer(Utf8JsonWriter json, string name, string? address)
    {
        if (address is null) return;
        var (host, port) = LogFields.Split(address);
        json.WriteStartObject(name);
        json.WriteString("address", host);
        if (IsIp(host)) json.WriteString("ip", host);
        if (port >= 0) json.WriteNumber("port", port);
        json.WriteEndObject();
    }

    /// <summary>The service that reports, and the one at the other end: the <c>target</c> of its call, or its <c>origin</c>.</summary>
    private static void Service(Utf8JsonWriter json, WorkloadFacts reporting, string role, WorkloadFacts other)
    {
        json.WriteStartObject("service");
        json.WriteString("name", reporting.Service);
        json.WriteString("version", reporting.Version);
        if (reporting.Instance.Length > 0) Object(json, "node", ("name", reporting.Instance));
        Object(json, role, ("name", other.Service), ("version", other.Version));
        json.WriteEndObject();
    }

    /// <summary>Fields of the type <c>ip</c> refuse a document with anything else in them.</summary>
    private static bool IsIp(string? text) => System.Net.IPAddress.TryParse(text, out _);

    private static void Mesh(Utf8JsonWriter json, RequestFacts facts)
    {
        json.WriteStartObject("meshlab");
        json.WriteString("reporter", facts.Reporter == Reporter.Source ? "source" : "destination");
        json.WriteString("response_flags", FlagTexts.Of(facts.Flags));
        Text(json, "response_code_details", ResponseDetails.Of(facts));
        Text(json, "connection_termination_details", facts.Termination);
        json.WriteBoolean("mutual_tls", facts.MutualTls);
        Text(json, "upstream_cluster", LogFields.Cluster(facts));
        Text(json, "route", LogFields.Route(facts));
        json.WriteNumber("attempts", facts.Attempts);
        if (LogFields.Milliseconds(facts.UpstreamServiceTime) is { } time) json.WriteNumber("upstream_service_time_ms", time);
        if (facts.GrpcStatus is { } grpc) json.WriteNumber("grpc_status", grpc);
        json.WriteString("source_principal", facts.Source.Principal);
        json.WriteString("destination_principal", facts.Destination.Principal);
        json.WriteEndObject();
    }

    private static void Object(Utf8JsonWriter json, string name, params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        bool any = false;
        foreach (var field in fields) any |= field.Value is not null;
        if (!any) return;
        json.WriteStartObject(name);
        foreach (var field in fields) Text(json, field.Name, field.Value);
        json.WriteEndObject();
    }

    private static void Array(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartArray(name);
        json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Bytes(Utf8JsonWriter json, long bytes)
    {
        json.WriteStartObject("body");
        json.WriteNumber("bytes", bytes);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
