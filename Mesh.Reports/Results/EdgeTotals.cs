using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Traffic of several edges and slices of one replication, merged. Times are seconds; what needs requests and has none is NaN.</summary>
public sealed class EdgeTotals
{
    private readonly CodeTally _flags = new();
    private readonly CodeTally _attemptFlags = new();
    private readonly CodeTally _statuses = new();

    private EdgeTotals(double seconds) => Seconds = seconds;

    /// <summary>The measured time that the selection covers.</summary>
    public double Seconds { get; }

    /// <summary>Requests that ended.</summary>
    public long Requests { get; private set; }

    /// <summary>Of them, with a status of 1 to 499.</summary>
    public long Succeeded { get; private set; }

    /// <summary>Of them, the rest.</summary>
    public long Failed => Requests - Succeeded;

    /// <summary>Share of the requests that succeeded, 0 to 1.</summary>
    public double SuccessRate => Requests == 0 ? double.NaN : (double)Succeeded / Requests;

    /// <summary>Attempts that the requests made.</summary>
    public long Attempts { get; private set; }

    /// <summary>Of them, not the first.</summary>
    public long Retries { get; private set; }

    /// <summary>Attempts that failed.</summary>
    public long AttemptsFailed { get; private set; }

    /// <summary>Attempts per request.</summary>
    public double RetryAmplification => Requests == 0 ? double.NaN : (double)Attempts / Requests;

    /// <summary>Requests that ended, per second.</summary>
    public double Throughput => Seconds > 0 ? Requests / Seconds : double.NaN;

    /// <summary>Requests that succeeded, per second.</summary>
    public double Goodput => Seconds > 0 ? Succeeded / Seconds : double.NaN;

    /// <summary>Body bytes sent.</summary>
    public long RequestBytes { get; private set; }

    /// <summary>Body bytes that came back.</summary>
    public long ResponseBytes { get; private set; }

    /// <summary>Connections opened. Kept for the whole measured time and not by path, so a phase or a path does not narrow it.</summary>
    public long Connections { get; private set; }

    /// <summary>Times that breakers opened; as <see cref="Connections"/>, not narrowed by phase and path.</summary>
    public long BreakerOpens { get; private set; }

    /// <summary>Seconds that breakers stood open, summed over proxies; as <see cref="BreakerOpens"/>.</summary>
    public double BreakerOpenSeconds { get; private set; }

    /// <summary>Times that proxies stopped sending to an endpoint; as <see cref="Connections"/>, not narrowed by phase and path.</summary>
    public long Ejections { get; private set; }

    /// <summary>Seconds that endpoints were kept away, summed over proxies; as <see cref="Ejections"/>.</summary>
    public double EjectedSeconds { get; private set; }

    /// <summary>From the intended start of a request to its end.</summary>
    public Latencies Latency { get; private set; } = new(new LogHistogram());

    /// <summary>Of single attempts.</summary>
    public Latencies AttemptLatency { get; private set; } = new(new LogHistogram());

    /// <summary>From a request's first failure to its success, where a retry helped.</summary>
    public Latencies Recovery { get; private set; } = new(new LogHistogram());

    /// <summary>Requests that carried <paramref name="flag"/> (a single one).</summary>
    public long WithFlag(ResponseFlags flag) => _flags[(int)flag];

    /// <summary>Requests by flag, ordered by the flag's bit.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Flags => Named(_flags);

    /// <summary>Attempts by flag, ordered by the flag's bit.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> AttemptFlags => Named(_attemptFlags);

    /// <summary>Requests by status, ascending; 0 when the caller gave up.</summary>
    public IReadOnlyList<KeyValuePair<int, long>> Statuses => [.. _statuses.Codes.Select(code => KeyValuePair.Create(code, _statuses[code]))];

    internal static EdgeTotals Of(ReplicationRecord record, EdgeFilter filter)
    {
        if (filter.Phase is { } phase && record.Phases.All(span => span.Name != phase))
            throw new ArgumentException($"no phase '{phase}'; phases of this run: {(record.Phases.Count == 0 ? "none" : string.Join(", ", record.Phases.Select(span => span.Name).Distinct()))}", nameof(filter));

        return Of(record, record.Edges.Where(edge => filter.Matches(edge, record.Ingress)),
            record.Pairs.Where(pair => filter.Matches(pair, record.Ingress)), filter.Phase);
    }

    /// <summary>The given edges and pairs of <paramref name="record"/>, merged; of one phase, or of all the measured time.</summary>
    internal static EdgeTotals Of(ReplicationRecord record, IEnumerable<EdgeStats> edges, IEnumerable<PairStats> pairs, string? phase = null)
    {
        bool[] chosen = [.. record.Slices.Select(slice => phase is null || slice.Phases.Contains(phase))];
        var totals = new EdgeTotals(record.Slices.Where((_, slice) => chosen[slice]).Sum(slice => slice.Seconds));
        var parts = edges.SelectMany(edge => edge.Slices.Where((_, slice) => chosen[slice])).OfType<TrafficStats>().ToList();
        foreach (var part in parts) totals.Add(part);
        totals.Latency = new(LogHistogram.Merge(parts.Select(part => part.Latency)));
        totals.AttemptLatency = new(LogHistogram.Merge(parts.Select(part => part.AttemptLatency)));
        totals.Recovery = new(LogHistogram.Merge(parts.Select(part => part.Recovery).OfType<LogHistogram>()));
        foreach (var pair in pairs)
        {
            totals.Connections += pair.Connections;
            totals.BreakerOpens += pair.BreakerOpens;
            totals.BreakerOpenSeconds += pair.BreakerOpenSeconds;
            totals.Ejections += pair.Ejections;
            totals.EjectedSeconds += pair.EjectedSeconds;
        }
        return totals;
    }

    private void Add(TrafficStats part)
    {
        Requests += part.Requests;
        Succeeded += part.Succeeded;
        Attempts += part.Attempts;
        Retries += part.Retries;
        AttemptsFailed += part.AttemptsFailed;
        RequestBytes += part.RequestBytes;
        ResponseBytes += part.ResponseBytes;
        _statuses.Add(part.Statuses);
        _flags.Add(part.Flags);
        _attemptFlags.Add(part.AttemptFlags);
    }

    private static List<KeyValuePair<string, long>> Named(CodeTally tally) =>
        [.. tally.Codes.Select(code => KeyValuePair.Create(((ResponseFlags)code).ToEnvoyText(), tally[code]))];
}

/// <summary>Latencies in seconds, over a <see cref="LogHistogram"/>.</summary>
/// <param name="histogram">The values, in ticks.</param>
public sealed class Latencies(LogHistogram histogram)
{
    /// <summary>The values themselves, in ticks.</summary>
    public LogHistogram Histogram => histogram;

    /// <summary>How many there are.</summary>
    public long Count => histogram.Count;

    /// <summary>The mean in seconds; NaN without any.</summary>
    public double Mean => histogram.Count == 0 ? double.NaN : histogram.Mean / TimeSpan.TicksPerSecond;

    /// <summary>The greatest in seconds; NaN without any.</summary>
    public double Max => histogram.Count == 0 ? double.NaN : histogram.Max / (double)TimeSpan.TicksPerSecond;

    /// <summary>The value in seconds that the share <paramref name="quantile"/> (0 to 1) does not exceed; NaN without any.</summary>
    public double Percentile(double quantile) => histogram.Percentile(quantile) / TimeSpan.TicksPerSecond;
}
