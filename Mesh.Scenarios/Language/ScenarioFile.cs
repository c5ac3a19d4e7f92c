using Mesh.Scenarios.Expectations;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language;

/// <summary>A scenario that was read without errors: ready to run.</summary>
internal sealed record ScenarioFile
{
    /// <summary>The file, as the user named it.</summary>
    public required string File { get; init; }

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>How many replications run, with the seeds from <see cref="WorldConfig.Seed"/> on.</summary>
    public int Replications { get; init; } = 1;

    /// <summary>The world of the first replication.</summary>
    public required WorldConfig World { get; init; }

    public IReadOnlyList<Expectation> Expectations { get; init; } = [];

    /// <summary>What its author will want to know, though it runs.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>Values that the file does not hold and that were assumed, one sentence each: what an import had to invent.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];

    /// <summary>What it was read from; <c>null</c> where it was put together in this process.</summary>
    public ScenarioText? Written { get; init; }

    /// <summary>Where each part of <see cref="World"/> was written.</summary>
    public required SourceMap Sources { get; init; }
}
