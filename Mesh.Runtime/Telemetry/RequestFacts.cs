namespace Mesh.Runtime.Telemetry;

/// <summary>
/// What one sidecar knows of one request once it is over, for access logs, metrics and traces of the live data plane.
/// The names follow Envoy's access log operators; <c>null</c> where a thing is not known, which Envoy writes as <c>-</c>.
/// </summary>
public sealed record RequestFacts
{
    /// <summary>Which side of the hop tells it.</summary>
    public required Reporter Reporter { get; init; }

    /// <summary>When the request came, by the wall clock.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>From the first byte of the request to the last of the response.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long the upstream took to its headers (<c>x-envoy-upstream-service-time</c>); <c>null</c> where none answered.</summary>
    public TimeSpan? UpstreamServiceTime { get; init; }

    /// <summary>The method; <c>null</c> for plain TCP.</summary>
    public string? Method { get; init; }

    /// <summary>The path as the client asked for it, with its query.</summary>
    public string? Path { get; init; }

    /// <summary>The authority (host) asked for.</summary>
    public string? Authority { get; init; }

    /// <summary><c>HTTP/1.1</c>, <c>HTTP/2</c>; <c>null</c> for plain TCP.</summary>
    public string? Protocol { get; init; }

    /// <summary>Whether it is a gRPC call: its content type begins with <c>application/grpc</c>.</summary>
    public bool IsGrpc { get; init; }

    /// <summary>The HTTP status; 0 when the client went away first.</summary>
    public int Status { get; init; }

    /// <summary>The gRPC status; <c>null</c> for plain HTTP.</summary>
    public int? GrpcStatus { get; init; }

    /// <summary>Why the answer is what it is.</summary>
    public ResponseFlags Flags { get; init; }

    /// <summary>Bytes of the request's body.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Bytes of the response's body.</summary>
    public long BytesSent { get; init; }

    /// <summary>The calling workload.</summary>
    public required WorkloadFacts Source { get; init; }

    /// <summary>The called workload.</summary>
    public required WorkloadFacts Destination { get; init; }

    /// <summary>Whether the hop between the sidecars was mutual TLS.</summary>
    public bool MutualTls { get; init; }

    /// <summary>The route taken; <c>null</c> or empty for the service's own policy.</summary>
    public string? Route { get; init; }

    /// <summary><c>host:port</c> of the endpoint that answered last.</summary>
    public string? UpstreamHost { get; init; }

    /// <summary>This side's <c>host:port</c> of the client's connection.</summary>
    public string? DownstreamLocalAddress { get; init; }

    /// <summary>The client's <c>host:port</c>.</summary>
    public string? DownstreamRemoteAddress { get; init; }

    /// <summary>The server name that the client asked for in TLS.</summary>
    public string? RequestedServerName { get; init; }

    /// <summary>The header <c>x-request-id</c>.</summary>
    public string? RequestId { get; init; }

    /// <summary>The header <c>x-forwarded-for</c>.</summary>
    public string? ForwardedFor { get; init; }

    /// <summary>The header <c>user-agent</c>.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Why the way to the upstream failed, in words.</summary>
    public string? UpstreamFailure { get; init; }

    /// <summary>Why a client's connection was not let in, in words (Envoy's <c>DOWNSTREAM_TRANSPORT_FAILURE_REASON</c>).</summary>
    public string? DownstreamFailure { get; init; }

    /// <summary>Why the sidecar ended a connection of its own accord, in Envoy's words for it (<c>CONNECTION_TERMINATION_DETAILS</c>).</summary>
    public string? Termination { get; init; }

    /// <summary>The trace that the request belongs to, 32 hex digits; <c>null</c> where it is not traced.</summary>
    public string? TraceId { get; init; }

    /// <summary>This hop's span, 16 hex digits.</summary>
    public string? SpanId { get; init; }

    /// <summary>Attempts made, at a caller's sidecar.</summary>
    public int Attempts { get; init; }

    /// <summary>Messages of a gRPC call from its client.</summary>
    public long RequestMessages { get; init; }

    /// <summary>Messages of a gRPC call from its server.</summary>
    public long ResponseMessages { get; init; }

    /// <summary>Istio's name of the upstream's cluster, <c>outbound|80|v1|payments.default.svc.cluster.local</c>; <c>null</c> takes the called service's name.</summary>
    public string? UpstreamCluster { get; init; }

    /// <summary>This side's <c>host:port</c> of the connection to the upstream.</summary>
    public string? UpstreamLocalAddress { get; init; }

    /// <summary>The request's headers that a log's format asks for (<see cref="LiveTelemetry.LoggedRequestHeaders"/>), and no others.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RequestHeaders { get; init; } = [];

    /// <summary>The response's headers that a log's format asks for (<see cref="LiveTelemetry.LoggedResponseHeaders"/>), and no others.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];
}

/// <summary>A workload as telemetry names it (Istio's labels).</summary>
public sealed record WorkloadFacts
{
    /// <summary>Nobody that the mesh knows.</summary>
    public static WorkloadFacts Unknown { get; } = new();

    /// <summary>The workload's name, which is its service's here. Default <c>unknown</c>, as Istio has it.</summary>
    public string Workload { get; init; } = "unknown";

    /// <summary>Its namespace. Default <c>unknown</c>.</summary>
    public string Namespace { get; init; } = "unknown";

    /// <summary>Its service.</summary>
    public string Service { get; init; } = "unknown";

    /// <summary>Its version.</summary>
    public string Version { get; init; } = "unknown";

    /// <summary>Its replica's name.</summary>
    public string Instance { get; init; } = "";

    /// <summary>Its SPIFFE identity. Default <c>unknown</c>.</summary>
    public string Principal { get; init; } = "unknown";
}

/// <summary>Which sidecar tells of a request (Istio's label <c>reporter</c>).</summary>
public enum Reporter
{
    /// <summary>The caller's sidecar.</summary>
    Source,

    /// <summary>The callee's sidecar.</summary>
    Destination,
}

/// <summary>Where finished requests go: access logs, metrics. Called on the request's own thread, and must not block.</summary>
public interface IRequestLog
{
    /// <summary>Takes one finished request.</summary>
    void On(RequestFacts request);
}
