namespace Mesh.Simulator;

/// <summary>The network between replicas.</summary>
public sealed record NetworkConfig
{
    /// <summary>Links whose ends stand in the same zone, or all links where zones are not used.</summary>
    public LinkConfig SameZone { get; init; } = new();

    /// <summary>Links whose ends stand in different zones.</summary>
    public LinkConfig CrossZone { get; init; } = new();

    /// <summary>
    /// Whether proxies speak mutual TLS: one more round trip for each new connection (TLS 1.3) and the sidecars' handshake cost. Default true.
    /// </summary>
    public bool MutualTls { get; init; } = true;
}

/// <summary>One direction of the network between two zones, or inside one.</summary>
public sealed record LinkConfig
{
    /// <summary>One-way latency of a message in seconds. Default 0.</summary>
    public DistributionConfig Latency { get; init; } = DistributionConfig.Constant(0);

    /// <summary>Bits per second that messages of one direction share, first come first served; <c>null</c> is no limit.</summary>
    public double? BitsPerSecond { get; init; }

    /// <summary>Chance, 0 to below 1, that a message is lost and sent again after 200 ms, doubling (the initial retransmission time-out of Linux TCP). Default 0.</summary>
    public double Loss { get; init; }
}

/// <summary>The sidecar's own cost: all 0 unless given.</summary>
public sealed record SidecarConfig
{
    /// <summary>Processor time in a proxy for a request, on the caller's and again on the callee's side.</summary>
    public TimeSpan PerRequest { get; init; }

    /// <summary>Processor time in either proxy for the handshake of a new mutual-TLS connection.</summary>
    public TimeSpan PerHandshake { get; init; }

    /// <summary>Worker threads of a proxy, which serve first come first served. Default 2 (Istio's <c>concurrency</c>).</summary>
    public int Workers { get; init; } = 2;
}
