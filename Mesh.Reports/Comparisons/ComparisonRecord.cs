using Mesh.Reports.Results;

namespace Mesh.Reports.Comparisons;

/// <summary>
/// Several variants of a mesh, each run at the same loads and on the same seeds: everything that is needed to render the comparison again.
/// Because draws are keyed, the same seed gives every variant the same arrivals and the same demands.
/// </summary>
public sealed record ComparisonRecord
{
    /// <summary>The schema that <see cref="ComparisonStore"/> writes and reads.</summary>
    public const string CurrentSchema = "meshlab.comparison/1";

    /// <summary>Name and version of the form. Default <see cref="CurrentSchema"/>.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>What is compared, for people: the scenario's name.</summary>
    public required string Name { get; init; }

    /// <summary>What the scenario says about itself.</summary>
    public string Description { get; init; } = "";

    /// <summary>The variants, in the order in which they were given.</summary>
    public required IReadOnlyList<ComparedVariant> Variants { get; init; }

    /// <summary>The name of the variant that the others are compared with.</summary>
    public required string Baseline { get; init; }

    /// <summary>The loads, as factors of the rates that the scenario says; 1 is as written.</summary>
    public required IReadOnlyList<double> Loads { get; init; }

    /// <summary>The runs: one for each variant at each load.</summary>
    public required IReadOnlyList<ComparedRun> Runs { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The command that runs it again.</summary>
    public string Replay { get; init; } = "";

    /// <summary>The run of a variant at a load.</summary>
    public RunRecord Run(string variant, double load) =>
        Runs.First(run => run.Variant == variant && run.Load.Equals(load)).Record;
}

/// <summary>One of the things compared.</summary>
/// <param name="Name">Its name, unique in the comparison.</param>
/// <param name="File">The scenario file.</param>
/// <param name="Settings">What makes it differ from the file: a path and its value.</param>
public sealed record ComparedVariant(string Name, string File, IReadOnlyList<RunSetting> Settings);

/// <summary>One variant at one load.</summary>
/// <param name="Variant">The variant's name.</param>
/// <param name="Load">The factor of the scenario's rates.</param>
/// <param name="Record">What its replications showed.</param>
public sealed record ComparedRun(string Variant, double Load, RunRecord Record);
