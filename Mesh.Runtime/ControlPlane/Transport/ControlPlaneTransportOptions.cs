using Akka.Actor;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>What the control plane's side of the transport stands on.</summary>
public sealed record ControlPlaneTransportOptions
{
    /// <summary>How long <see cref="ControlPlaneOptions.SettleTime"/> has to be where sidecars register themselves: longer than they wait before they reconnect.</summary>
    public static TimeSpan SettleTime { get; } = TimeSpan.FromSeconds(8);

    /// <summary>The control plane's root actor.</summary>
    public required IActorRef ControlPlane { get; init; }

    /// <summary>Its names and ids: those that its discovery uses.</summary>
    public required MeshDirectory Directory { get; init; }

    /// <summary>Its clock, the same as <see cref="ControlPlaneOptions.Time"/>: leases run by it. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where sidecars' own endpoints are reported, as the source <c>sidecars</c>; <c>null</c> where others discover them.</summary>
    public IDiscoverySink? Registrations { get; init; }

    /// <summary>How long after its connection broke a sidecar's endpoint is still there. Default 10 s.</summary>
    public TimeSpan RegistrationGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Who decides about certificates; <c>null</c> issues none.</summary>
    public RegistrationAuthority? Authority { get; init; }

    /// <summary>The roots that sidecars have to trust now; <c>null</c> where there are no certificates. Asked often.</summary>
    public Func<TrustBundle?> Trust { get; init; } = static () => null;

    /// <summary>Whether a proved identity may stand before a service. Default: its account is called like the service.</summary>
    public Func<SpiffeId, string, bool> MayServe { get; init; } = static (peer, service) => peer.Account == service;

    /// <summary>Most proxies connected at once. Default 10,000.</summary>
    public int MaxProxies { get; init; } = 10_000;

    /// <summary>Most services that proxies may bring into the directory by naming them. Default 10,000.</summary>
    public int MaxServices { get; init; } = 10_000;

    /// <summary>Time between signs of life; after four times as much silence a proxy is taken for dead. Default 2 s.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(2);
}
