using Mesh.Runtime.ControlPlane.Injection;

namespace Mesh.Runtime.ControlPlane;

/// <summary>What people and programs may ask of a running control plane: the admin API stands before it, the actors behind it. Every change is durable when its task completes.</summary>
public interface IControlPlane
{
    /// <summary>How it goes: versions, services, proxies, faults, what is stale.</summary>
    /// <exception cref="TimeoutException">The actors do not answer.</exception>
    Task<ControlPlaneStatus> StatusAsync(CancellationToken cancellation);

    /// <summary>Puts a fault in force under a lease.</summary>
    /// <param name="request">The fault, its target and its lease.</param>
    /// <param name="dryRun">Only says what is wrong with it, and how far it reaches.</param>
    /// <param name="by">Who asks, for the journal.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    /// <returns>The fault's id and its blast radius, or everything that is wrong with it.</returns>
    Task<ChangeAnswer> InjectAsync(FaultRequest request, bool dryRun, string by, CancellationToken cancellation);

    /// <summary>Whoever asked for a fault is alive: its lease runs anew.</summary>
    /// <param name="id">The fault.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    Task<ChangeAnswer> RenewFaultAsync(string id, CancellationToken cancellation);

    /// <summary>Ends a fault; with <c>null</c> ends all, last in first out.</summary>
    /// <param name="id">The fault, or <c>null</c>.</param>
    /// <param name="by">Who asks, for the journal.</param>
    /// <param name="why">Why, for the journal.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    Task<ChangeAnswer> StopFaultAsync(string? id, string by, string why, CancellationToken cancellation);

    /// <summary>The desired configuration in force, as its authors wrote it, file by file.</summary>
    Task<IReadOnlyList<ConfigurationFile>> ConfigurationAsync(CancellationToken cancellation);

    /// <summary>Replaces a file of the desired configuration, or removes it. The configuration as a whole is taken over, or not at all.</summary>
    /// <param name="name">The file's name, <c>mesh.yaml</c>.</param>
    /// <param name="text">What it says from now on; <c>null</c> removes it.</param>
    /// <param name="dryRun">Only says what would be wrong, and what would change.</param>
    /// <param name="by">Who asks, for the journal.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    Task<ChangeAnswer> ApplyAsync(string name, string? text, bool dryRun, string by, CancellationToken cancellation);

    /// <summary>What happened, newest first.</summary>
    /// <param name="most">How many entries at most.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<IReadOnlyList<JournalEntry>> JournalAsync(int most, CancellationToken cancellation);
}

/// <summary>What became of a change.</summary>
/// <param name="Outcome">Whether it is in force (or would be).</param>
/// <param name="Id">What it is called; <c>null</c> where it has no name.</param>
/// <param name="Problems">Everything that is wrong with it.</param>
/// <param name="Notes">What the author should know: the blast radius, what changes.</param>
public sealed record ChangeAnswer(ChangeOutcome Outcome, string? Id, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes)
{
    /// <summary>Accepted.</summary>
    public static ChangeAnswer Accepted(string? id, IReadOnlyList<string>? notes = null) => new(ChangeOutcome.Accepted, id, [], notes ?? []);

    /// <summary>Refused for these reasons.</summary>
    public static ChangeAnswer Refused(IReadOnlyList<string> problems, IReadOnlyList<string>? notes = null) => new(ChangeOutcome.Refused, null, problems, notes ?? []);

    /// <summary>What it is about does not exist.</summary>
    public static ChangeAnswer Unknown(string problem) => new(ChangeOutcome.Unknown, null, [problem], []);
}

/// <summary>What became of a change.</summary>
public enum ChangeOutcome
{
    /// <summary>It is in force (or would be).</summary>
    Accepted,
    /// <summary>Something is wrong with it, and nothing has changed.</summary>
    Refused,
    /// <summary>What it is about does not exist.</summary>
    Unknown,
}

/// <summary>A file of the desired configuration.</summary>
/// <param name="Name">Its name within the directory.</param>
/// <param name="Text">What it says.</param>
public sealed record ConfigurationFile(string Name, string Text);

/// <summary>One thing that happened.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who did it; <c>meshlab</c> for the control plane itself.</param>
/// <param name="What">What.</param>
/// <param name="Why">Why; empty where nobody said.</param>
public sealed record JournalEntry(DateTimeOffset At, string By, string What, string Why)
{
    /// <summary>The control plane itself, as one who does something.</summary>
    public const string Itself = "meshlab";
}
