using System.Diagnostics.Metrics;

namespace Mesh.Runtime.ControlPlane;

/// <summary>The control plane's metrics.</summary>
internal sealed class ControlPlaneMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Mesh.ControlPlane";

    private readonly Meter _meter = new(Name);

    /// <param name="board">What the actors have said.</param>
    public ControlPlaneMeter(ControlPlaneBoard board)
    {
        _meter.CreateObservableGauge("mesh.control_plane.proxies", () => board.ConnectedProxies, description: "Proxies that are connected.");
        _meter.CreateObservableGauge("mesh.control_plane.faults", () => board.FaultsInForce, description: "Faults in force.");
        _meter.CreateObservableCounter("mesh.control_plane.refused_changes", () => board.Refusals, description: "Changes that the control plane or a proxy refused.");
        _meter.CreateObservableGauge("mesh.control_plane.endpoints", () => board.EndpointCounts.Select(service => new Measurement<int>(service.Endpoints, new KeyValuePair<string, object?>("service", service.Name))), description: "Endpoints that proxies are told of, by service.");
    }

    public void Dispose() => _meter.Dispose();
}
