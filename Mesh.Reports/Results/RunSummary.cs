using Mesh.Reports.Statistics;

namespace Mesh.Reports.Results;

/// <summary>A run over all of its replications, as tables and headlines need it. Worked out once from the record.</summary>
public sealed class RunSummary
{
    private readonly IReadOnlyList<ReplicationRecord> _replications;
    private readonly List<EdgeTotals> _entering;

    /// <summary>Summarises <paramref name="record"/>.</summary>
    public RunSummary(RunRecord record)
    {
        Record = record;
        _replications = record.Replications;
        _entering = [.. _replications.Select(replication => replication.Select())];
        Entering = TrafficSummary.Of(_entering);
        Edges = Worst(Grouped(edge => (edge.From, edge.To, edge.Path))
            .Select(row => new EdgeRow(row.Key.From, row.Key.To, row.Key.Path, row.Traffic)), row => row.Traffic);
        Services = Worst(ServiceRows(), row => row.Traffic);
        Phases = [.. _replications.SelectMany(replication => replication.Phases).Select(phase => phase.Name).Distinct().Select(name =>
            KeyValuePair.Create(name, TrafficSummary.Of([.. _replications.Select(replication => replication.Select(new EdgeFilter { Phase = name }))])))];
    }

    /// <summary>The run.</summary>
    public RunRecord Record { get; }

    /// <summary>What entered the mesh.</summary>
    public TrafficSummary Entering { get; }

    /// <summary>What was called, by callee; most failures first, then the highest p99. Services that nobody called come last.</summary>
    public IReadOnlyList<ServiceRow> Services { get; }

    /// <summary>What was called, by caller, callee and path, in the same order.</summary>
    public IReadOnlyList<EdgeRow> Edges { get; }

    /// <summary>What entered in each phase, by its name.</summary>
    public IReadOnlyList<KeyValuePair<string, TrafficSummary>> Phases { get; }

    /// <summary>The faults, in the file's order.</summary>
    public IReadOnlyList<FaultRow> Faults => FaultRow.Of(_replications);

    /// <summary>A number of what entered, with its interval over the replications.</summary>
    public Interval Interval(Func<EdgeTotals, double> number) => Statistics.Interval.Of(_entering.Select(number));

    /// <summary>Attempts per call, over all calls inside of the mesh and into it, with its interval; of one phase, or of all the measured time.</summary>
    public Interval AttemptsPerCall(string? phase = null) => Statistics.Interval.Of(_replications.Select(replication => replication.AttemptsPerCall(phase)));

    private IEnumerable<ServiceRow> ServiceRows()
    {
        var called = Grouped(edge => edge.To, pair => pair.To).ToDictionary(row => row.Key, row => row.Traffic, StringComparer.Ordinal);
        var nothing = TrafficSummary.Of([]);
        var inside = _replications.SelectMany(replication => replication.Services).GroupBy(service => service.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        foreach (string name in inside.Keys.Union(called.Keys).Order(StringComparer.Ordinal))
        {
            var own = inside.GetValueOrDefault(name, []);
            yield return new ServiceRow(name, called.GetValueOrDefault(name, nothing), own.Sum(service => service.Rejected),
                LatencySummary.Of([.. own.Select(service => new Latencies(service.Latency))]));
        }
    }

    private IEnumerable<(TKey Key, TrafficSummary Traffic)> Grouped<TKey>(Func<EdgeStats, TKey> key, Func<PairStats, TKey>? pairKey = null) where TKey : notnull
    {
        var edges = _replications.Select(replication => replication.Edges.ToLookup(key)).ToList();
        var pairs = _replications.Select(replication => (pairKey is null ? [] : replication.Pairs).ToLookup(pairKey ?? (_ => default!))).ToList();
        foreach (var one in edges.SelectMany(lookup => lookup.Select(group => group.Key)).Distinct())
            yield return (one, TrafficSummary.Of([.. _replications.Select((replication, i) => EdgeTotals.Of(replication, edges[i][one], pairs[i][one]))]));
    }

    private static List<T> Worst<T>(IEnumerable<T> rows, Func<T, TrafficSummary> traffic) =>
        [.. rows.OrderByDescending(row => traffic(row).Failed).ThenByDescending(row => double.IsFinite(traffic(row).Latency.P99) ? traffic(row).Latency.P99 : -1)];
}

/// <summary>One edge over all replications.</summary>
/// <param name="From">The caller.</param>
/// <param name="To">The callee.</param>
/// <param name="Path">The path.</param>
/// <param name="Traffic">What the caller saw.</param>
public sealed record EdgeRow(string From, string To, string Path, TrafficSummary Traffic);

/// <summary>One service over all replications.</summary>
/// <param name="Name">The service.</param>
/// <param name="Traffic">What its callers saw.</param>
/// <param name="Rejected">Requests that its replicas had no room for.</param>
/// <param name="Inside">Latency inside of it, as its own sidecars saw.</param>
public sealed record ServiceRow(string Name, TrafficSummary Traffic, long Rejected, LatencySummary Inside);
