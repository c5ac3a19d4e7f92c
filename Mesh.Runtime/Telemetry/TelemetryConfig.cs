using Mesh.Runtime.Security;

namespace Mesh.Runtime.Telemetry;

/// <summary>What live sidecars tell the outside of their work: metrics, traces, access logs.</summary>
public sealed record TelemetryConfig
{
    /// <summary>Metrics; <c>null</c> for none. Default: on, for Prometheus to scrape.</summary>
    public MetricsConfig? Metrics { get; init; } = new();

    /// <summary>Traces; <c>null</c> for none, when trace headers pass through as the application sent them. Default: none.</summary>
    public TracingConfig? Tracing { get; init; }

    /// <summary>Access logs, each with a format and a sink of its own. Default: none.</summary>
    public IReadOnlyList<AccessLogConfig> AccessLogs { get; init; } = [];

    /// <summary>How long the end may take to hand over what is still under way, above 0. Default 5 s.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Everything that is wrong with it, each with the key, what was given, and what is allowed; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems() => TelemetryRules.Check(this);
}

/// <summary>Metrics under Istio's standard names, and MeshLab's own.</summary>
public sealed record MetricsConfig
{
    /// <summary>Series of one metric at most, 10 to 1,000,000; further ones are counted together in one that is labelled <c>otel_metric_overflow="true"</c>. Default 2000 (OpenTelemetry's).</summary>
    public int MaxSeries { get; init; } = 2000;

    /// <summary>Where they are pushed, besides being scraped; <c>null</c> for nowhere.</summary>
    public OtlpConfig? Otlp { get; init; }

    /// <summary>How often they are pushed, 100 ms or more. Default 60 s (OpenTelemetry's).</summary>
    public TimeSpan ExportInterval { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Distributed traces: a span per hop and one per attempt.</summary>
public sealed record TracingConfig
{
    /// <summary>Share of the requests without a decision of their caller that are traced, 0 to 100. Default 1 (Istio's).</summary>
    public double SamplingPercent { get; init; } = 1;

    /// <summary>The headers that are read and written. Default W3C and B3 in several headers, as Istio does.</summary>
    public TracePropagation Propagation { get; init; } = TracePropagation.W3C | TracePropagation.B3Multi;

    /// <summary>An OTLP receiver (Jaeger, Grafana Tempo, a collector); <c>null</c> for none.</summary>
    public OtlpConfig? Otlp { get; init; }

    /// <summary>A Zipkin receiver, the full address: <c>http://zipkin:9411/api/v2/spans</c>; <c>null</c> for none.</summary>
    public Uri? Zipkin { get; init; }

    /// <summary>How long a span waits for others to be sent with, 10 ms or more. Default 5 s (OpenTelemetry's).</summary>
    public TimeSpan ExportDelay { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The headers by which a trace travels.</summary>
[Flags]
public enum TracePropagation
{
    /// <summary><c>traceparent</c> and <c>tracestate</c> (W3C Trace Context).</summary>
    W3C = 1,

    /// <summary>The header <c>b3</c>.</summary>
    B3Single = 2,

    /// <summary><c>x-b3-traceid</c>, <c>x-b3-spanid</c>, <c>x-b3-parentspanid</c>, <c>x-b3-sampled</c>, <c>x-b3-flags</c>.</summary>
    B3Multi = 4,
}

/// <summary>A receiver of OpenTelemetry's protocol.</summary>
public sealed record OtlpConfig
{
    /// <summary>Scheme, host and port: <c>http://collector:4317</c>. The signal's path is added for HTTP.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>gRPC or HTTP; <c>null</c> goes by the port: HTTP on 4318, else gRPC.</summary>
    public OtlpTransport? Transport { get; init; }

    /// <summary>Headers that are sent along, for receivers that want a key.</summary>
    public IReadOnlyDictionary<string, Secret> Headers { get; init; } = new Dictionary<string, Secret>();
}

/// <summary>How OTLP travels.</summary>
public enum OtlpTransport
{
    /// <summary>gRPC, on port 4317 by convention.</summary>
    Grpc,

    /// <summary>Protocol buffers over HTTP, on port 4318 by convention.</summary>
    HttpProtobuf,
}
