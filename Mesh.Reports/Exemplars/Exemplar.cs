using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>
/// One request that entered the mesh, with everything that was decided about it and about the calls made in its course.
/// A run keeps its slowest successes and some failures of each kind. Times are ticks of 100 ns from the request's start.
/// </summary>
public sealed record Exemplar
{
    /// <summary>The request's key: the same for the same request in every run of the same seed.</summary>
    public required ulong Key { get; init; }

    /// <summary>When it started, in ticks since the world began.</summary>
    public required long Start { get; init; }

    /// <summary>How long it took, in ticks, from its intended start.</summary>
    public required long Duration { get; init; }

    /// <summary>Its status; 0 when the caller gave up.</summary>
    public required int Status { get; init; }

    /// <summary>Its response flags.</summary>
    public required ResponseFlags Flags { get; init; }

    /// <summary>The flags of the request and of all calls in its course.</summary>
    public ResponseFlags AllFlags { get; init; }

    /// <summary>Whether it is kept for its failure; otherwise for its slowness.</summary>
    public required bool Failed { get; init; }

    /// <summary>Whether decisions are missing because there were too many.</summary>
    public bool Truncated { get; init; }

    /// <summary>The request itself, first, and all calls made in its course, in the order in which they started.</summary>
    public required IReadOnlyList<ExemplarCall> Calls { get; init; }

    /// <summary>The call that failed first and made the others fail: the last failed one, by its end, that has no failed call in its own course; <c>null</c> when none failed.</summary>
    public ExemplarCall? Cause
    {
        get
        {
            var blamed = Calls.Where(Fails).Select(call => call.Parent).ToHashSet();
            return Calls.Where((call, i) => Fails(call) && !blamed.Contains(i)).MaxBy(call => call.End);

            static bool Fails(ExemplarCall call) => call.End is not null && !Results.Success.Is(call.Status);
        }
    }

    /// <summary>The key as people write it.</summary>
    public string Name => Key.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One call of a request's tree.</summary>
public sealed record ExemplarCall
{
    /// <summary>The index of the call in whose course it was made; -1 for the request itself.</summary>
    public required int Parent { get; init; }

    /// <summary>Which attempt of that call it was made for.</summary>
    public int ParentAttempt { get; init; }

    /// <summary>The proxy that made it.</summary>
    public required string From { get; init; }

    /// <summary>The called service.</summary>
    public required string To { get; init; }

    /// <summary>The called path.</summary>
    public required string Path { get; init; }

    /// <summary>When it started.</summary>
    public required long Start { get; init; }

    /// <summary>When it ended; <c>null</c> when it had not when the request did.</summary>
    public long? End { get; init; }

    /// <summary>Its status.</summary>
    public int Status { get; init; }

    /// <summary>Its response flags.</summary>
    public ResponseFlags Flags { get; init; }

    /// <summary>What was decided about it between its start and its end, in order.</summary>
    public required IReadOnlyList<ExemplarEvent> Events { get; init; }
}

/// <summary>A decision about a call.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Attempt">The attempt's number, from 0.</param>
/// <param name="Endpoint">The endpoint's name; empty for none.</param>
/// <param name="Outcome">A status, or what the kind says.</param>
/// <param name="Flags">Why.</param>
/// <param name="Duration">Ticks; of what, the kind says.</param>
public sealed record ExemplarEvent(long At, MeshEventKind Kind, int Attempt, string Endpoint, int Outcome, ResponseFlags Flags, long Duration);
