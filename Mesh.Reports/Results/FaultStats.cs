namespace Mesh.Reports.Results;

/// <summary>A fault of a replication: what was asked for, and what was measured. Times are seconds.</summary>
public sealed record FaultStats
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it does to whom, in a few words.</summary>
    public required string What { get; init; }

    /// <summary>How often it began.</summary>
    public int Times { get; init; }

    /// <summary>The replicas hit, by name; empty where it hits requests of a whole service, or the network.</summary>
    public IReadOnlyList<string> Replicas { get; init; } = [];

    /// <summary>Requests, attempts or messages that it might have hit: those that matched while it was in force.</summary>
    public long Eligible { get; init; }

    /// <summary>How many of them it should have hit on average; 0 where nothing is drawn.</summary>
    public double Requested { get; init; }

    /// <summary>How many it hit. Of a crash or an outage: the requests that were lost with it.</summary>
    public long Injected { get; init; }

    /// <summary>How many it delayed.</summary>
    public long Delayed { get; init; }

    /// <summary>How many it answered in the service's place.</summary>
    public long Aborted { get; init; }

    /// <summary>How many passed because it held as many as it may.</summary>
    public long Overflowed { get; init; }

    /// <summary>Mean of the delay asked for, at full strength; 0 for none.</summary>
    public double RequestedDelay { get; init; }

    /// <summary>All delays together.</summary>
    public double DelaySeconds { get; init; }
}

/// <summary>A fault over all replications.</summary>
/// <param name="Name">Its name.</param>
/// <param name="What">What it does to whom.</param>
/// <param name="Spans">When, the same in every replication.</param>
/// <param name="Replicas">The replicas hit in any replication.</param>
/// <param name="Eligible">What matched, all replications together.</param>
/// <param name="Injected">What was hit.</param>
/// <param name="Delayed">What was delayed.</param>
/// <param name="Aborted">What was answered in the service's place.</param>
/// <param name="Overflowed">What passed because as many were held as may be.</param>
/// <param name="RequestedShare">The share that should have been hit; NaN where nothing is drawn.</param>
/// <param name="RequestedDelay">The mean delay asked for in seconds; 0 for none.</param>
/// <param name="MeanDelay">The mean delay measured; NaN without any.</param>
public sealed record FaultRow(
    string Name, string What, IReadOnlyList<PhaseSpan> Spans, IReadOnlyList<string> Replicas, long Eligible, long Injected, long Delayed, long Aborted, long Overflowed,
    double RequestedShare, double RequestedDelay, double MeanDelay)
{
    /// <summary>The share that was hit; NaN where nothing matched.</summary>
    public double MeasuredShare => Eligible == 0 ? double.NaN : (double)Injected / Eligible;

    /// <summary>The faults of a run, in the file's order.</summary>
    public static IReadOnlyList<FaultRow> Of(IReadOnlyList<ReplicationRecord> replications)
    {
        if (replications.Count == 0) return [];
        return [.. replications[0].Faults.Select((fault, i) => Row([.. replications.Select(one => one.Faults[i])], replications[0].Phases))];
    }

    private static FaultRow Row(IReadOnlyList<FaultStats> all, IReadOnlyList<PhaseSpan> phases)
    {
        long eligible = all.Sum(one => one.Eligible), delayed = all.Sum(one => one.Delayed);
        double requested = all.Sum(one => one.Requested);
        return new FaultRow(all[0].Name, all[0].What, [.. phases.Where(phase => phase.Name == all[0].Name)], [.. all.SelectMany(one => one.Replicas).Distinct()],
            eligible, all.Sum(one => one.Injected), delayed, all.Sum(one => one.Aborted), all.Sum(one => one.Overflowed),
            requested > 0 ? requested / eligible : double.NaN, all[0].RequestedDelay, delayed == 0 ? double.NaN : all.Sum(one => one.DelaySeconds) / delayed);
    }
}
