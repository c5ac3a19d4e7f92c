using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One sidecar before a service that runs already.</summary>
/// <param name="Listen">Where it takes requests.</param>
/// <param name="Upstreams">Where the service's replicas listen.</param>
/// <param name="World">The service's policy, and the faults.</param>
/// <param name="Toxics">Faults of plain TCP connections.</param>
/// <param name="IsTcp">Whether it carries bytes instead of requests.</param>
/// <param name="Time">When it ends by itself; <c>null</c> for never.</param>
/// <param name="Lease">How long its faults last.</param>
internal sealed record OneProxyPlan(
    IPEndPoint Listen, IReadOnlyList<EndpointAddress> Upstreams, WorldConfig World, IReadOnlyList<TcpFaultConfig> Toxics, bool IsTcp, TimeSpan? Time, TimeSpan Lease)
{
    /// <summary>What the service is called.</summary>
    public const string Service = "upstream";

    /// <summary>Where Prometheus scrapes it; <c>null</c> for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>What it tells the outside.</summary>
    public TelemetryConfig Telemetry { get; init; } = new();
}
