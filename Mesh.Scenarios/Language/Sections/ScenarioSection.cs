using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>The whole file.</summary>
internal static class ScenarioSection
{
    /// <summary>The version of the language.</summary>
    public static readonly Shape<int> Version = new ScalarShape<int>("the number 1", """{"const": 1}""", ParseVersion);

    /// <summary>The zones.</summary>
    public static readonly Shape<IReadOnlyList<string>> Zones = new ListShape<string>("a list of zones such as [a, b]", Values.Name);

    private static readonly Shape<YamlScalar> Expectation =
        new ScalarShape<string>("an expectation such as success_rate >= 99%", """{"type": "string"}""", (string text, out string value) => (value = text).Length == 0 ? "the text is empty." : null)
            .Then((_, value, _) => (YamlScalar)value);

    /// <summary>The root.</summary>
    public static readonly Section<ScenarioDraft> Root = new("scenario", "a scenario, which begins with 'version: 1'", () => new ScenarioDraft())
    {
        { "version", Version, (draft, _) => draft, "The version of the language: 1.", Presence.Required },
        { "name", Values.Name, (draft, value) => draft with { Name = value }, "Its name. Default: the file's." },
        { "description", Values.Text, (draft, value) => draft with { Description = value }, "What it shows." },
        { "seed", Values.Seed, (draft, value) => draft with { Seed = value }, "The seed of the first replication; the others follow it. Default 1." },
        { "duration", Values.PositiveDuration, (draft, value) => draft with { Duration = value }, "Virtual time of a replication, warm-up included.", Presence.Required },
        { "warmup", Values.Duration, (draft, value) => draft with { Warmup = value }, "Time from the start that no statistic counts. Default 0." },
        { "replications", Values.Count(1, 10_000), (draft, value) => draft with { Replications = value }, "How often it runs, each time with the next seed. Default 1." },
        { "zones", Zones, (draft, value) => draft with { Zones = value }, "The zones that replicas stand in. Default: zones are not used." },
        { "network", NetworkSection.Network, (draft, value) => draft with { Network = value }, "The network between replicas. Default: no latency, no limit, no loss." },
        { "sidecar", NetworkSection.Sidecar, (draft, value) => draft with { Sidecar = value }, "What a sidecar itself costs. Default: nothing." },
        { "services", ServiceSection.Services, (draft, value) => draft with { Services = value }, "The services, by name.", Presence.Required },
        { "mesh", PolicySection.Mesh, (draft, value) => draft with { Mesh = value }, "The mesh's policy." },
        { "workload", WorkloadSection.Workloads, (draft, value) => draft with { Workloads = value }, "The load.", Presence.Required },
        { "scale", WorkloadSection.Scale, (draft, value) => draft with { Scale = value }, "Replicas that come and go in mid-run." },
        { "faults", FaultSection.Faults, (draft, value) => draft with { Faults = value }, "What goes wrong, and when." },
        { "expect", new ListShape<YamlScalar>("a list of expectations such as [success_rate >= 99%]", Expectation, mayBeEmpty: true), (draft, value) => draft with { Expect = value },
            "What must hold over all replications." },
    };

    private static string? ParseVersion(string text, out int value)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return $"'{text}' is not a version of the language; write 1.";
        return value == 1 ? null : $"version {value} of the language is not known; this MeshLab reads version 1.";
    }
}

/// <summary>The file as it was read, before its parts are put together.</summary>
internal sealed record ScenarioDraft
{
    public string? Name { get; init; }

    public string Description { get; init; } = "";

    public ulong Seed { get; init; } = 1;

    public TimeSpan Duration { get; init; }

    public TimeSpan Warmup { get; init; }

    public int Replications { get; init; } = 1;

    public IReadOnlyList<string> Zones { get; init; } = [];

    public NetworkConfig Network { get; init; } = new();

    public SidecarConfig Sidecar { get; init; } = new();

    public IReadOnlyList<ServiceConfig> Services { get; init; } = [];

    public MeshConfig Mesh { get; init; } = new();

    public IReadOnlyList<WorkloadDraft> Workloads { get; init; } = [];

    public IReadOnlyList<ScaleConfig> Scale { get; init; } = [];

    public IReadOnlyList<FaultPlanConfig> Faults { get; init; } = [];

    public IReadOnlyList<YamlScalar> Expect { get; init; } = [];

    /// <summary>The world that all of this describes; the file's order of services and workloads is kept.</summary>
    public WorldConfig ToWorld(Reading reading) => new()
    {
        Seed = Seed,
        Duration = Duration,
        Warmup = Warmup,
        Zones = Zones,
        Network = Network,
        Sidecar = Sidecar,
        Services = Services,
        Mesh = Mesh,
        Workloads = [.. Workloads.Select(draft => reading.Derive(draft, draft.Resolve(Duration)))],
        Faults = Faults,
        Scale = [.. Scale.OrderBy(change => change.At)],
    };
}
