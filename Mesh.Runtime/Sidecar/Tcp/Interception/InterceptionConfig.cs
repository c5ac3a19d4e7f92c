namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>Which connections of a machine, container or network namespace go through its sidecar without knowing it.</summary>
public sealed record InterceptionConfig
{
    /// <summary>The user whose connections are never intercepted: the sidecar's own, or they would come back to it for ever. <c>null</c> where <see cref="Mark"/> does it.</summary>
    public int? Uid { get; init; }

    /// <summary>The mark (<c>SO_MARK</c>) of packets that are never intercepted; 0 for none. The sidecar needs CAP_NET_ADMIN to set it.</summary>
    public int Mark { get; init; }

    /// <summary>The sidecar's port for outgoing connections; <c>null</c> leaves them alone. Default 15001 (Istio).</summary>
    public int? OutboundPort { get; init; } = 15001;

    /// <summary>The sidecar's port for incoming connections, on which it listens at all addresses; <c>null</c> leaves them alone. Default 15006 (Istio).</summary>
    public int? InboundPort { get; init; } = 15006;

    /// <summary>Ports of the application whose incoming connections are intercepted. Default: all.</summary>
    public IReadOnlyList<int> InboundPorts { get; init; } = [];

    /// <summary>Ports to which outgoing connections are left alone. Default: none.</summary>
    public IReadOnlyList<int> ExcludedOutboundPorts { get; init; } = [];

    /// <summary>Networks to which outgoing connections are left alone, <c>10.0.0.0/8</c>, beside loopback. Default: none.</summary>
    public IReadOnlyList<string> ExcludedNetworks { get; init; } = [];

    /// <summary>Everything that is wrong with it, in words; empty where nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Uid is null && Mark == 0) yield return "neither a uid nor a mark is given: the sidecar's own connections would come back to it for ever.";
        if (Uid < 0) yield return $"the uid is {Uid}; write 0 or more.";
        if (Mark < 0) yield return $"the mark is {Mark}; write 1 or more, or 0 for none.";
        if (OutboundPort is null && InboundPort is null) yield return "neither outgoing nor incoming connections are intercepted; give a port for one of them.";
        foreach (int port in new[] { OutboundPort, InboundPort }.OfType<int>().Concat(InboundPorts).Concat(ExcludedOutboundPorts).Where(port => port is < 1 or > 65535))
            yield return $"the port {port} is outside the range; write 1 to 65535.";
        if (InboundPorts.Count > MostPorts || ExcludedOutboundPorts.Count > MostPorts) yield return $"more than {MostPorts} ports are listed: iptables' multiport takes no more.";
        foreach (string network in ExcludedNetworks.Where(network => !System.Net.IPNetwork.TryParse(network, out _)))
            yield return $"'{network}' is not a network; write an address and a length, such as 10.0.0.0/8.";
    }

    private const int MostPorts = 15;
}
