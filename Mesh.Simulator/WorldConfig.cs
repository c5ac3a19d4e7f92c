using Mesh.Runtime.Model;

namespace Mesh.Simulator;

/// <summary>Everything that one replication of a virtual world needs. Immutable; the scenario language makes it, <c>World</c> runs it.</summary>
public sealed record WorldConfig
{
    /// <summary>The seed that every draw of the run follows from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Virtual time of the run, warm-up included; load stops here and requests in progress may end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Time from the start that no statistic counts. Default none.</summary>
    public TimeSpan Warmup { get; init; }

    /// <summary>Names of the zones; empty where zones are not used.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>The network between replicas.</summary>
    public NetworkConfig Network { get; init; } = new();

    /// <summary>What a sidecar itself costs.</summary>
    public SidecarConfig Sidecar { get; init; } = new();

    /// <summary>The services, in the file's order.</summary>
    public required IReadOnlyList<ServiceConfig> Services { get; init; }

    /// <summary>The mesh's policy.</summary>
    public MeshConfig Mesh { get; init; } = new();

    /// <summary>The load.</summary>
    public IReadOnlyList<WorkloadConfig> Workloads { get; init; } = [];

    /// <summary>What goes wrong, in the file's order.</summary>
    public IReadOnlyList<FaultPlanConfig> Faults { get; init; } = [];

    /// <summary>Replicas that come and go in mid-run, in order of time.</summary>
    public IReadOnlyList<ScaleConfig> Scale { get; init; } = [];

    /// <summary>The zone of a version's replica: the zones' shares in turn, as the file has them; then, and without any, the zones in turn. Empty where zones are not used.</summary>
    /// <param name="version">The version.</param>
    /// <param name="number">The replica's number within it, from 0.</param>
    public string ZoneOf(VersionConfig version, int number)
    {
        int before = 0;
        foreach (string zone in Zones)
        {
            before += version.Zones.GetValueOrDefault(zone);
            if (number < before) return zone;
        }
        return Zones.Count == 0 ? "" : Zones[number % Zones.Count];
    }
}

/// <summary>Replicas come or go. Those that go are the youngest; the proxies learn of it from the control plane, over the network.</summary>
public sealed record ScaleConfig
{
    /// <summary>When, from the start of the run.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The version; <c>null</c> where the service has one only.</summary>
    public string? Version { get; init; }

    /// <summary>How many replicas there are from then on.</summary>
    public required int Replicas { get; init; }
}
