using Mesh.Runtime.Security;

namespace Mesh.Runtime.Telemetry;

/// <summary>One access log: a line for each finished request, in one format, to one sink.</summary>
public sealed record AccessLogConfig
{
    /// <summary>How a request is written. Default Istio's text.</summary>
    public AccessLogEncoding Encoding { get; init; } = AccessLogEncoding.IstioText;

    /// <summary>The line in Envoy's operators, for <see cref="AccessLogEncoding.Custom"/> only.</summary>
    public string? Format { get; init; }

    /// <summary>Where lines go. Default: standard output.</summary>
    public AccessLogSinkConfig Sink { get; init; } = new StandardOutputConfig();

    /// <summary>Requests that may wait for the sink, 1 to 1,000,000; more are dropped and counted (<c>meshlab_telemetry_dropped_total</c>). Default 8192.</summary>
    public int QueueSize { get; init; } = 8192;
}

/// <summary>The formats of access logs.</summary>
public enum AccessLogEncoding
{
    /// <summary>Istio's default text. <c>istioText</c></summary>
    IstioText,

    /// <summary>Envoy's default text. <c>envoyText</c></summary>
    EnvoyText,

    /// <summary>Istio's JSON encoding, with its keys. <c>istioJson</c></summary>
    IstioJson,

    /// <summary>Elastic Common Schema 8, a JSON document a line. <c>ecs</c></summary>
    Ecs,

    /// <summary>A line of <see cref="AccessLogConfig.Format"/>. <c>custom</c></summary>
    Custom,
}

/// <summary>Where an access log goes.</summary>
public abstract record AccessLogSinkConfig;

/// <summary>Standard output.</summary>
public sealed record StandardOutputConfig : AccessLogSinkConfig;

/// <summary>A file that is appended to, and opened anew when it was moved, replaced or deleted (log rotation).</summary>
public sealed record LogFileConfig : AccessLogSinkConfig
{
    /// <summary>Its path. The folder must exist.</summary>
    public required string Path { get; init; }
}

/// <summary>Elasticsearch's <c>_bulk</c> interface. A batch is sent when it has as many documents, or bytes, or has waited as long as said here.</summary>
public sealed record ElasticsearchConfig : AccessLogSinkConfig
{
    /// <summary>Scheme, host and port: <c>https://elastic:9200</c>. No user and no password in it.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The index or data stream, with the request's day by <c>%Y %m %d %H</c>. Default <c>meshlab-access-%Y.%m.%d</c>.</summary>
    public string Index { get; init; } = "meshlab-access-%Y.%m.%d";

    /// <summary>The user, for basic authentication; <c>null</c> for none.</summary>
    public string? Username { get; init; }

    /// <summary>The user's password.</summary>
    public Secret? Password { get; init; }

    /// <summary>An API key (the encoded one), instead of a user; <c>null</c> for none.</summary>
    public Secret? ApiKey { get; init; }

    /// <summary>Documents in a batch at most, 1 to 100,000. Default 1000.</summary>
    public int MaxDocuments { get; init; } = 1000;

    /// <summary>Bytes in a batch, about: the document that passes it is its last. 1,000 to 100,000,000. Default 5,000,000.</summary>
    public int MaxBytes { get; init; } = 5_000_000;

    /// <summary>How long a document waits for others, above 0. Default 1 s.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer is waited for, above 0. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait after a first failure; it doubles with each further one, with jitter. Above 0. Default 200 ms.</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait, at least <see cref="BackoffBase"/>. Default 30 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);
}
