using Mesh.Runtime.Faults;

namespace Mesh.Runtime.Model;

/// <summary>
/// A fault that sidecars inject into requests: a delay, then an abort, a slower or damaged body. Each effect is drawn on its own (Envoy's fault filter).
/// When it is in force, and for which replicas, is said to <see cref="FaultTable.Begin"/>.
/// </summary>
public sealed record FaultConfig
{
    /// <summary>Its name, which its draws follow from: another fault beside it moves none of them.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is injected. Default <see cref="FaultSite.Attempt"/>.</summary>
    public FaultSite Site { get; init; } = FaultSite.Attempt;

    /// <summary>Which of the service's requests it may hit. Default: all.</summary>
    public FaultMatchConfig Match { get; init; } = new();

    /// <summary>Share of the matching requests, 0 to 1, that each effect hits. Default 1, where Istio's fault without a percentage hits nobody.</summary>
    public double Percent { get; init; } = 1;

    /// <summary>How long a request waits; <c>null</c> for no delay.</summary>
    public IFaultDelay? Delay { get; init; }

    /// <summary>The answer in the service's place, after the delay; <c>null</c> for none.</summary>
    public FaultAbort? Abort { get; init; }

    /// <summary>Share of the matching requests that <see cref="Abort"/> hits; <c>null</c> takes <see cref="Percent"/>.</summary>
    public double? AbortPercent { get; init; }

    /// <summary>What happens to the response's body; <c>null</c> for nothing.</summary>
    public BodyFault? Body { get; init; }

    /// <summary>Only this many matching requests are hit, the first ones, all of them; <c>null</c> for no such bound.</summary>
    public int? FirstRequests { get; init; }

    /// <summary>Requests that the fault may hold at once; further ones pass unharmed (Envoy's <c>max_active_faults</c>). Default: no bound.</summary>
    public int? MaxActive { get; init; }
}

/// <summary>The places of the request path where a fault can be injected.</summary>
public enum FaultSite
{
    /// <summary>In the caller's sidecar, before the total deadline and the retries: what Istio does. Retries, breakers and outlier detection never see it. <c>request</c></summary>
    Request,

    /// <summary>In the caller's sidecar, between the breaker and the network: retries, budgets, breakers and outlier detection all see it. <c>attempt</c></summary>
    Attempt,

    /// <summary>In the callee's sidecar, before the application. <c>server</c></summary>
    Server,
}

/// <summary>Which requests of a service a fault may hit; everything given must match.</summary>
public sealed record FaultMatchConfig
{
    /// <summary>The path, exactly.</summary>
    public string? Path { get; init; }

    /// <summary>The name of the route that the request took. Not known at the site <see cref="FaultSite.Server"/>.</summary>
    public string? Route { get; init; }

    /// <summary>Headers: the name whatever its case, the value exactly.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The caller's SPIFFE identity.</summary>
    public string? CallerIdentity { get; init; }
}

/// <summary>What a fault answers in the service's place.</summary>
public sealed record FaultAbort
{
    /// <summary>The HTTP status, 200 to 599; ignored where <see cref="GrpcStatus"/> or <see cref="Reset"/> is given. Default 503.</summary>
    public int Status { get; init; } = 503;

    /// <summary>A gRPC status, 0 to 16, under HTTP 200; <c>null</c> for plain HTTP.</summary>
    public int? GrpcStatus { get; init; }

    /// <summary>Whether the connection breaks instead, before any header. Default false.</summary>
    public bool Reset { get; init; }
}

/// <summary>What a fault does to a response's body. A response without a body is left alone.</summary>
public sealed record BodyFault
{
    /// <summary>Bytes a second at most; 0 is no limit.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Share of the body, 0 to below 1, after which it breaks off; <c>null</c> leaves it whole.</summary>
    public double? TruncateAfter { get; init; }

    /// <summary>Whether its content is damaged: the mesh sees a success, the application that reads it does not.</summary>
    public bool Corrupt { get; init; }
}
