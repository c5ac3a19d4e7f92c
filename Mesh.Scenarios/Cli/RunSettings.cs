using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli;

/// <summary>What the arguments of <c>run</c> say.</summary>
internal sealed record RunSettings
{
    public required IReadOnlyList<string> Files { get; init; }

    public IReadOnlyList<string> Sets { get; init; } = [];

    public string? Seed { get; init; }

    public string? Replications { get; init; }

    public ImportOptions Import { get; init; } = new();

    public bool Json { get; init; }

    public bool Quiet { get; init; }

    /// <summary>Where the report goes; <c>null</c> for <c>reports/NAME</c>.</summary>
    public string? ReportDirectory { get; init; }

    /// <summary>Whether the scenario runs over real sockets on this machine.</summary>
    public bool Live { get; init; }

    /// <summary>Whether each sidecar and each service of a live run has a process of its own.</summary>
    public bool Isolate { get; init; }

    public bool NoReport { get; init; }

    public string? JUnitFile { get; init; }

    public string? MarkdownFile { get; init; }

    public string? TraceFile { get; init; }

    /// <summary>Replications at the same time; <c>null</c> for one a core.</summary>
    public int? Parallel { get; init; }

    /// <summary>The overrides, in the order in which they apply.</summary>
    public IReadOnlyList<Override> Overrides(Problems problems)
    {
        var overrides = Sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        if (Seed is not null) overrides.Add(new Override("seed", Seed, $"--seed {Seed}"));
        if (Replications is not null) overrides.Add(new Override("replications", Replications, $"--replications {Replications}"));
        else if (Live) overrides.Add(new Override("replications", "1", "--live"));
        return overrides;
    }
}
