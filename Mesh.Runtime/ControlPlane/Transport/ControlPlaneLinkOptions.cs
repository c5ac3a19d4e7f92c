using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>How a sidecar finds its control plane, and what it wants from it.</summary>
public sealed record ControlPlaneLinkOptions
{
    /// <summary>The way to the control plane.</summary>
    public required ControlPlaneWay Way { get; init; }

    /// <summary>The services that the sidecar calls, and those that get copies of these calls, by name; its own comes with them. <c>null</c> for all.</summary>
    public IReadOnlyList<string>? Calls { get; init; }

    /// <summary>Where others reach the sidecar, to be told to them; <c>null</c> where it takes no requests, or others discover it.</summary>
    public EndpointAddress? Advertised { get; init; }

    /// <summary>A directory of the sidecar's own, where the last good snapshot is kept; <c>null</c> for nowhere.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>Told what happens, in words. It must not wait. Default: nobody.</summary>
    public Action<string> Said { get; init; } = static _ => { };
}
