using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One sidecar in a process of its own, told what to do by a control plane.</summary>
/// <param name="Service">The service that it stands before, or that calls through it.</param>
/// <param name="ControlPlane">Where the control plane listens for proxies.</param>
internal sealed record OneSidecarPlan(string Service, EndpointAddress ControlPlane)
{
    /// <summary>Its name, unique in the mesh.</summary>
    public required string Name { get; init; }

    public string Zone { get; init; } = "";

    public string Version { get; init; } = "v1";

    /// <summary>Where it takes requests for its application; <c>null</c> where it only sends.</summary>
    public IPEndPoint? Inbound { get; init; }

    /// <summary>Where the application listens.</summary>
    public EndpointAddress? Application { get; init; }

    /// <summary>Where it takes its application's own requests; <c>null</c> for nowhere.</summary>
    public IPEndPoint? Outbound { get; init; }

    /// <summary>The host by which others reach it; <c>null</c> for the one that it listens on, or the machine's name where that is any.</summary>
    public string? Advertise { get; init; }

    /// <summary>The services that it calls; <c>null</c> for all.</summary>
    public IReadOnlyList<string>? Calls { get; init; }

    /// <summary>Where the last good snapshot is kept; <c>null</c> for nowhere.</summary>
    public string? State { get; init; }

    /// <summary>The roots by which the control plane proves itself; <c>null</c> in plain text.</summary>
    public TrustBundle? Trust { get; init; }

    /// <summary>What its first certificate is asked for with. It is never logged.</summary>
    public string? JoinToken { get; init; }

    /// <summary>Where Prometheus scrapes it; <c>null</c> for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>What it tells the outside.</summary>
    public TelemetryConfig Telemetry { get; init; } = new();
}
