using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Import;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>An isolated world, and what is to be heard of it.</summary>
internal sealed record IsolatedHostOptions
{
    /// <summary>The scenario's world.</summary>
    public required WorldConfig Config { get; init; }

    /// <summary>What its processes read the same scenario from.</summary>
    public required ScenarioText Scenario { get; init; }

    /// <summary>Where names are entered; empty.</summary>
    public required MeshDirectory Directory { get; init; }

    /// <summary>Where decisions are reported.</summary>
    public required IMeshEvents Events { get; init; }

    /// <summary>Whether the decisions of all sidecars are; otherwise those of the ingress alone. Default true.</summary>
    public bool AllEvents { get; init; } = true;

    /// <summary>The access logs that each sidecar writes; they come out on this process's standard output, line by line. Default none.</summary>
    public IReadOnlyList<AccessLogEncoding> AccessLogs { get; init; } = [];

    /// <summary>Where the ingress serves its metrics; every other sidecar serves its own on a free port of the same host. Default <c>null</c>: nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Told at once of what went wrong, on any thread; it is among the warnings too. Default: nobody.</summary>
    public Action<string> Warn { get; init; } = static _ => { };
}
