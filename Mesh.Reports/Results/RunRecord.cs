namespace Mesh.Reports.Results;

/// <summary>
/// One variant of one scenario, run in all of its replications: everything that is needed to render its report again.
/// </summary>
public sealed record RunRecord
{
    /// <summary>The schema that <see cref="RunRecordStore"/> writes and reads.</summary>
    public const string CurrentSchema = "meshlab.run/1";

    /// <summary>Name and version of the form. Default <see cref="CurrentSchema"/>.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>The scenario's name.</summary>
    public required string Scenario { get; init; }

    /// <summary>The scenario file, as the user named it.</summary>
    public string File { get; init; } = "";

    /// <summary>What the scenario says about itself.</summary>
    public string Description { get; init; } = "";

    /// <summary>Where it ran: <c>virtual</c> or <c>live</c>.</summary>
    public string World { get; init; } = "virtual";

    /// <summary>Which variant of an experiment it is; empty when there is only one.</summary>
    public string Variant { get; init; } = "";

    /// <summary>The first replication's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Seconds left out of every statistic.</summary>
    public double WarmupSeconds { get; init; }

    /// <summary>Simulated seconds asked for, warm-up included.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The replications, by number.</summary>
    public required IReadOnlyList<ReplicationRecord> Replications { get; init; }

    /// <summary>The judged expectations, in the file's order.</summary>
    public IReadOnlyList<ExpectationVerdict> Verdicts { get; init; } = [];

    /// <summary>What this run left out, one sentence each, for the box that every report has.</summary>
    public IReadOnlyList<string> NotModelled { get; init; } = [];

    /// <summary>Settings that a reader should see, in order: <c>sidecar cost per request</c> = <c>0</c>.</summary>
    public IReadOnlyList<RunSetting> Settings { get; init; } = [];

    /// <summary>Warnings about the run as a whole; those of single replications stand with them.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The command that runs it again.</summary>
    public string Replay { get; init; } = "";

    /// <summary>The version of MeshLab, of .NET, the operating system: what an equal hash depends on.</summary>
    public IReadOnlyList<RunSetting> Versions { get; init; } = [];

    /// <summary>When it ran; <c>null</c> when nobody said.</summary>
    public DateTimeOffset? RanAt { get; init; }

    /// <summary>Whether every expectation passed; true when there is none. Too little data does not pass.</summary>
    public bool Passed => Verdicts.All(verdict => verdict.Verdict == Verdict.Pass);

    /// <summary>Why it ended: the first reason other than <c>completed</c>, or <c>completed</c>.</summary>
    public string StopReason => Replications.Select(replication => replication.StopReason).FirstOrDefault(reason => reason != "completed", "completed");
}

/// <summary>A name and its value, as text.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value, with its unit.</param>
public sealed record RunSetting(string Name, string Value);
