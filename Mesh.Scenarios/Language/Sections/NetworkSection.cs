using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The network between replicas, and what the sidecars cost.</summary>
internal static class NetworkSection
{
    private static readonly Section<LinkConfig> Link = new("link", "a link such as {latency: 0.5ms}", () => new LinkConfig())
    {
        { "latency", DistributionShape.Time, (link, value) => link with { Latency = value }, "One-way latency of a message. Default 0." },
        { "bandwidth", Values.Bandwidth, (link, value) => link with { BitsPerSecond = value }, "What the messages of one direction share, first come first served. Default no limit." },
        { "loss", Values.PercentUpTo(1, "below 100%", bound: false), (link, value) => link with { Loss = value },
            "Chance that a message is lost and sent again after 200ms, doubling. Default 0." },
    };

    /// <summary>The network.</summary>
    public static readonly Section<NetworkConfig> Network = new("network", "a network such as {sameZone: {latency: 0.5ms}}", () => new NetworkConfig())
    {
        { "sameZone", Link, (network, link) => network with { SameZone = link }, "Links inside a zone, and all links where zones are not used." },
        { "crossZone", Link, (network, link) => network with { CrossZone = link }, "Links between zones." },
        { "mutualTls", Values.Flag, (network, value) => network with { MutualTls = value },
            "Whether proxies speak mutual TLS: one more round trip for each new connection, and the sidecars' handshake cost. Default true." },
    };

    /// <summary>The sidecars' own cost.</summary>
    public static readonly Section<SidecarConfig> Sidecar = new("sidecar", "the sidecar's cost, such as {perRequest: 0.2ms}", () => new SidecarConfig())
    {
        { "perRequest", Values.Duration, (sidecar, value) => sidecar with { PerRequest = value }, "Processor time for a request, on the caller's side and again on the callee's. Default 0." },
        { "perHandshake", Values.Duration, (sidecar, value) => sidecar with { PerHandshake = value }, "Processor time on either side for the handshake of a new mutual-TLS connection. Default 0." },
        { "workers", Values.Count(1, 1024), (sidecar, value) => sidecar with { Workers = value }, "Worker threads of a proxy. Default 2." },
    };
}
