using Mesh.Reports.Exemplars;

namespace Mesh.Reports.Results;

/// <summary>What one replication showed: one seed, run once.</summary>
public sealed record ReplicationRecord
{
    /// <summary>Its number, from 0.</summary>
    public required int Replication { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The hash over all of its decisions, in hexadecimal: equal for the same file and seed.</summary>
    public required string TraceHash { get; init; }

    /// <summary>Simulated seconds, warm-up and draining included.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Seconds that this took.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>Events that the world's loop fired; 0 in the live world.</summary>
    public long EventsFired { get; init; }

    /// <summary>Decisions that the mesh reported.</summary>
    public long Decisions { get; init; }

    /// <summary>Why it ended; <c>completed</c> when it ran its time.</summary>
    public required string StopReason { get; init; }

    /// <summary>What a reader must know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The service name of the proxies through which load entered.</summary>
    public required string Ingress { get; init; }

    /// <summary>Where the measured time begins, in ticks of 100 ns since the world began.</summary>
    public long WarmupTicks { get; init; }

    /// <summary>Where it ends; earlier than asked when the run was stopped.</summary>
    public required long EndTicks { get; init; }

    /// <summary>The length of a time window, in ticks.</summary>
    public required long WindowTicks { get; init; }

    /// <summary>The named spans by which results can be selected.</summary>
    public IReadOnlyList<PhaseSpan> Phases { get; init; } = [];

    /// <summary>The measured time, cut wherever a phase begins or ends.</summary>
    public required IReadOnlyList<TimeSlice> Slices { get; init; }

    /// <summary>Requests that entered and had not ended when the world stopped. They are in no statistic.</summary>
    public long Unfinished { get; init; }

    /// <summary>What callers saw, by caller, callee and path.</summary>
    public required IReadOnlyList<EdgeStats> Edges { get; init; }

    /// <summary>Connections and breakers, by caller and callee.</summary>
    public IReadOnlyList<PairStats> Pairs { get; init; } = [];

    /// <summary>Every service of the mesh, and what its own sidecars saw.</summary>
    public IReadOnlyList<ServiceStats> Services { get; init; } = [];

    /// <summary>Every endpoint, and what its callers saw of it.</summary>
    public IReadOnlyList<EndpointStats> Endpoints { get; init; } = [];

    /// <summary>How busy each replica was; empty when the world did not say.</summary>
    public IReadOnlyList<ReplicaUsage> Replicas { get; init; } = [];

    /// <summary>Single requests with all their decisions: the slowest successes, then failures of each kind.</summary>
    public IReadOnlyList<Exemplar> Exemplars { get; init; } = [];

    /// <summary>Requests that could not become exemplars: of a long run a sample is looked at, and none while too many are under way.</summary>
    public long ExemplarsSkipped { get; init; }

    /// <summary>The faults of the timeline, in the file's order.</summary>
    public IReadOnlyList<FaultStats> Faults { get; init; } = [];

    /// <summary>The traffic that <paramref name="filter"/> selects, merged.</summary>
    /// <exception cref="ArgumentException">The filter names a phase that the run has not.</exception>
    public EdgeTotals Select(EdgeFilter? filter = null) => EdgeTotals.Of(this, filter ?? EdgeFilter.Entering);

    /// <summary>Attempts per call, over all calls inside of the mesh and into it; of one phase, or of all the measured time. NaN without a call.</summary>
    public double AttemptsPerCall(string? phase = null)
    {
        var parts = Edges.SelectMany(edge => edge.Slices.Where((_, slice) => phase is null || Slices[slice].Phases.Contains(phase))).OfType<TrafficStats>().ToList();
        return (double)parts.Sum(part => part.Attempts) / parts.Sum(part => part.Requests);
    }
}
