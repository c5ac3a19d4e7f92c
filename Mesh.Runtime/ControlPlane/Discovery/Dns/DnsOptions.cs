using System.Net;

namespace Mesh.Runtime.ControlPlane.Discovery.Dns;

/// <summary>Names to look up, and how.</summary>
public sealed record DnsOptions
{
    /// <summary>The services and their names.</summary>
    public required IReadOnlyList<DnsServiceConfig> Services { get; init; }

    /// <summary>The provider's name. Default <c>dns</c>.</summary>
    public string Source { get; init; } = "dns";

    /// <summary>The name servers, tried in this order. Default: the system's.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>How long an answer stands at least, whatever its time to live. Default 1 s.</summary>
    public TimeSpan MinTtl { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer stands at most. Default 5 min.</summary>
    public TimeSpan MaxTtl { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it stands at most that a name does not exist, or has no addresses. Default 5 s.</summary>
    public TimeSpan NegativeTtl { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a name server may take for one answer. Default 2 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a name server that did not answer is asked again. Default 1.</summary>
    public int Retries { get; init; } = 1;

    /// <summary>Most questions at once. Default 32.</summary>
    public int MaxConcurrent { get; init; } = 32;

    /// <summary>Waits after a question that failed.</summary>
    public ReconnectOptions Reconnect { get; init; } = new();
}

/// <summary>A service that is found under a name.</summary>
public sealed record DnsServiceConfig
{
    /// <summary>The service's name in the mesh.</summary>
    public required string Service { get; init; }

    /// <summary>
    /// The name, complete. With a <see cref="Port"/> the name of hosts (a headless service: <c>cart.shop.svc.cluster.local</c>), without one that of SRV records
    /// (<c>_http._tcp.cart.shop.svc.cluster.local</c>).
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The port of every endpoint; <c>null</c> where SRV records say it.</summary>
    public int? Port { get; init; }

    /// <summary>Which addresses are taken. Default <see cref="DnsFamily.V4Preferred"/>.</summary>
    public DnsFamily Family { get; init; } = DnsFamily.V4Preferred;

    /// <summary>The version of all its endpoints; DNS does not tell. Default: unknown.</summary>
    public string Version { get; init; } = "";

    /// <summary>The zone of all its endpoints. Default: unknown.</summary>
    public string Zone { get; init; } = "";
}

/// <summary>Which addresses of a host are taken. A host with both kinds is one endpoint, except under <see cref="All"/>.</summary>
public enum DnsFamily
{
    /// <summary>IPv4, or IPv6 where there is none.</summary>
    V4Preferred,
    /// <summary>IPv4.</summary>
    V4,
    /// <summary>IPv6.</summary>
    V6,
    /// <summary>Both.</summary>
    All,
}
