using System.Net;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Hosting;

/// <summary>What a live control plane is made of.</summary>
public sealed record ControlPlaneHostOptions
{
    /// <summary>Where it keeps what it must not forget: a directory for its owner alone.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The desired configuration. The host owns it from its start on.</summary>
    public required IDesiredConfiguration Configuration { get; init; }

    /// <summary>Understands faults.</summary>
    public required IFaultReader FaultReader { get; init; }

    /// <summary>Where proxies connect; port 0 is a free one. Default 127.0.0.1:15012.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 15012);

    /// <summary>Whether sidecars come by mutual TLS, with certificates of the authority; beyond loopback they must. Default false.</summary>
    public bool ProxiesByTls { get; init; }

    /// <summary>The admin API. Its <see cref="AdminOptions.Problems"/> are empty.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>Makes the providers of discovery. Default none: the configuration names all endpoints.</summary>
    public IReadOnlyList<Func<IDiscoverySink, TimeProvider, KeyedRandom, IDiscoveryProvider>> Discovery { get; init; } = [];

    /// <summary>The rules of discovery.</summary>
    public DiscoveryOptions DiscoveryRules { get; init; } = new();

    /// <summary>How far faults may reach.</summary>
    public FaultLimits FaultLimits { get; init; } = new();

    /// <summary>What the certificate authority issues.</summary>
    public CertificateAuthorityOptions Certificates { get; init; } = new();

    /// <summary>Told what people should know: refused changes, failures. From any thread; it must not throw.</summary>
    public Action<string> Log { get; init; } = static _ => { };
}
