namespace Mesh.Runtime.Model;

/// <summary>
/// One replica of a service that a proxy may send a request to. Immutable and shared by every snapshot and proxy;
/// what a proxy knows about it (requests in flight, latency) is kept per proxy under <see cref="Id"/>.
/// </summary>
public sealed record Endpoint
{
    /// <summary>Unique in the mesh and never reused, so that state keyed by it survives a change of snapshot.</summary>
    public required int Id { get; init; }

    /// <summary>The replica's name, for people: <c>payments-v1-2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The service that it serves.</summary>
    public required string Service { get; init; }

    /// <summary>The version (subset) that it runs. Default <c>v1</c>.</summary>
    public string Version { get; init; } = "v1";

    /// <summary>The zone that it stands in; empty where zones are not used.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Its SPIFFE identity, <c>spiffe://trust-domain/ns/NAMESPACE/sa/ACCOUNT</c>; empty where none was issued.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Its share of requests in relation to the other endpoints', 1 to 128 (Envoy's <c>load_balancing_weight</c>). Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Where its sidecar listens, or it itself where it has none; <c>null</c> in the virtual world, whose network knows endpoints by their ids.</summary>
    public EndpointAddress? Address { get; init; }

    /// <summary>Its labels, ordered by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
}

/// <summary>Where something listens.</summary>
/// <param name="Host">A name or an IP address; IPv6 without brackets.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
public sealed record EndpointAddress(string Host, int Port)
{
    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
