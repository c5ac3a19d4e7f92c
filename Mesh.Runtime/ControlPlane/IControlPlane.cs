using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>What people and programs may ask of a running control plane: the admin API stands before it, the actors behind it. Every change is durable when its task completes.</summary>
public interface IControlPlane
{
    /// <summary>How it goes: versions, services, proxies, faults, what is stale.</summary>
    Task<ControlPlaneStatus> StatusAsync(CancellationToken cancellation);

    /// <summary>Puts a fault in force under a lease.</summary>
    /// <param name="request">The fault, its target and its lease.</param>
    /// <param name="by">Who asks, for the journal.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    /// <returns>The fault's id, or everything that is wrong with it.</returns>
    Task<ChangeAnswer> InjectAsync(FaultRequest request, string by, CancellationToken cancellation);

    /// <summary>Ends a fault; with <c>null</c> ends all, last in first out.</summary>
    Task<ChangeAnswer> StopFaultAsync(string? id, string by, string why, CancellationToken cancellation);

    /// <summary>The desired configuration in force, as its author wrote it.</summary>
    Task<string> ConfigurationAsync(CancellationToken cancellation);

    /// <summary>Replaces the desired configuration, whole or not at all.</summary>
    /// <param name="text">The new configuration (the scenario language's <c>services</c> and <c>mesh</c>).</param>
    /// <param name="dryRun">Only says what would be wrong with it.</param>
    /// <param name="by">Who asks, for the journal.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may happen all the same.</param>
    Task<ChangeAnswer> ApplyAsync(string text, bool dryRun, string by, CancellationToken cancellation);

    /// <summary>What happened, newest first.</summary>
    Task<IReadOnlyList<JournalEntry>> JournalAsync(int most, CancellationToken cancellation);
}

/// <summary>A fault that somebody asks for.</summary>
public sealed record FaultRequest
{
    /// <summary>What sidecars do, and to which requests.</summary>
    public required FaultConfig Fault { get; init; }

    /// <summary>The called service.</summary>
    public required string Service { get; init; }

    /// <summary>Its version; <c>null</c> for all.</summary>
    public string? Version { get; init; }

    /// <summary>Its zone; <c>null</c> for all.</summary>
    public string? Zone { get; init; }

    /// <summary>How long it is in force: sidecars end it by their own clocks. Above 0, at most 24 h.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>Whether it may hit more than the bounds of a blast radius allow.</summary>
    public bool AllowLarge { get; init; }

    /// <summary>The fault as it was written, for the journal.</summary>
    public string Text { get; init; } = "";
}

/// <summary>What became of a change.</summary>
/// <param name="Accepted">Whether it is in force (or would be).</param>
/// <param name="Id">What it is called; <c>null</c> where it has no name.</param>
/// <param name="Problems">Everything that is wrong with it.</param>
/// <param name="Notes">What the author should know: the blast radius, what changes.</param>
public sealed record ChangeAnswer(bool Accepted, string? Id, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>How a control plane goes.</summary>
public sealed record ControlPlaneStatus
{
    /// <summary>The newest version of the configuration.</summary>
    public required long Version { get; init; }

    /// <summary>How long it has run.</summary>
    public required TimeSpan Up { get; init; }

    /// <summary>The services, by name.</summary>
    public required IReadOnlyList<ServiceStatusLine> Services { get; init; }

    /// <summary>The proxies that have ever connected, by name.</summary>
    public required IReadOnlyList<ProxyStatusLine> Proxies { get; init; }

    /// <summary>Faults in force, oldest first.</summary>
    public required IReadOnlyList<FaultStatusLine> Faults { get; init; }
}

/// <summary>A service.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Endpoints">Endpoints that proxies are told of.</param>
/// <param name="Sources">Where they come from, and how fresh that is, in words.</param>
public sealed record ServiceStatusLine(string Name, int Endpoints, string Sources);

/// <summary>A proxy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Service">Its service.</param>
/// <param name="Connected">Whether it is connected now.</param>
/// <param name="Acknowledged">The version that it works by.</param>
/// <param name="Behind">How long it has worked by an older version than it was sent; zero when it is up to date.</param>
/// <param name="Rejected">Why it rejected a version; <c>null</c> when it did not.</param>
public sealed record ProxyStatusLine(string Name, string Service, bool Connected, long Acknowledged, TimeSpan Behind, string? Rejected);

/// <summary>A fault in force.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Text">As it was written.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Left">Until its lease ends.</param>
/// <param name="Eligible">Requests that it might have hit.</param>
/// <param name="Requested">Of these, how many it should have hit.</param>
/// <param name="Injected">How many it did.</param>
public sealed record FaultStatusLine(string Id, string Text, string By, TimeSpan Left, long Eligible, double Requested, long Injected);

/// <summary>One thing that happened.</summary>
/// <param name="At">When.</param>
/// <param name="By">Who did it; <c>meshlab</c> for the control plane itself.</param>
/// <param name="What">What.</param>
/// <param name="Why">Why; empty where nobody said.</param>
public sealed record JournalEntry(DateTimeOffset At, string By, string What, string Why);
