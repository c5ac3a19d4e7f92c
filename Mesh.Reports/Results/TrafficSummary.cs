namespace Mesh.Reports.Results;

/// <summary>
/// Some traffic over all replications: counts are sums, times and rates are means of the replications' own values
/// (latencies of different replications are never thrown together). Times are seconds; NaN where nothing was seen.
/// </summary>
public sealed record TrafficSummary
{
    /// <summary>Requests that ended, all replications together.</summary>
    public required long Requests { get; init; }

    /// <summary>Of them, successes.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Of them, failures.</summary>
    public long Failed => Requests - Succeeded;

    /// <summary>Attempts that they made.</summary>
    public required long Attempts { get; init; }

    /// <summary>Of the attempts, those that were not a request's first.</summary>
    public required long Retries { get; init; }

    /// <summary>Share of the requests that succeeded.</summary>
    public double SuccessRate => Requests == 0 ? double.NaN : (double)Succeeded / Requests;

    /// <summary>Attempts per request.</summary>
    public double RetryAmplification => Requests == 0 ? double.NaN : (double)Attempts / Requests;

    /// <summary>Requests per second.</summary>
    public required double Throughput { get; init; }

    /// <summary>Their latency.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>Times that breakers opened, and seconds that they stood open.</summary>
    public required (long Opens, double OpenSeconds) Breakers { get; init; }

    /// <summary>Times that proxies stopped sending to an endpoint, and seconds that they did.</summary>
    public required (long Count, double Seconds) Ejections { get; init; }

    /// <summary>Requests by response flag, the most frequent first.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Flags { get; init; }

    /// <summary>Summarises the same selection of each replication.</summary>
    public static TrafficSummary Of(IReadOnlyList<EdgeTotals> replications) => new()
    {
        Requests = replications.Sum(totals => totals.Requests),
        Succeeded = replications.Sum(totals => totals.Succeeded),
        Attempts = replications.Sum(totals => totals.Attempts),
        Retries = replications.Sum(totals => totals.Retries),
        Throughput = Mean(replications.Select(totals => totals.Throughput)),
        Latency = LatencySummary.Of([.. replications.Select(totals => totals.Latency)]),
        Breakers = (replications.Sum(totals => totals.BreakerOpens), replications.Sum(totals => totals.BreakerOpenSeconds)),
        Ejections = (replications.Sum(totals => totals.Ejections), replications.Sum(totals => totals.EjectedSeconds)),
        Flags = [.. replications.SelectMany(totals => totals.Flags).GroupBy(flag => flag.Key)
            .Select(group => KeyValuePair.Create(group.Key, group.Sum(flag => flag.Value))).OrderByDescending(flag => flag.Value).ThenBy(flag => flag.Key, StringComparer.Ordinal)],
    };

    /// <summary>The mean of the values that are numbers; NaN when none is.</summary>
    internal static double Mean(IEnumerable<double> values) => values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}

/// <summary>Latency in seconds, each number the mean of the replications' own.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">The 90th percentile.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="P999">The 99.9th percentile.</param>
/// <param name="Max">The greatest.</param>
public sealed record LatencySummary(double Mean, double P50, double P90, double P95, double P99, double P999, double Max)
{
    internal static LatencySummary Of(IReadOnlyList<Latencies> replications)
    {
        return new(Each(one => one.Mean), Each(one => one.Percentile(0.5)), Each(one => one.Percentile(0.9)), Each(one => one.Percentile(0.95)),
            Each(one => one.Percentile(0.99)), Each(one => one.Percentile(0.999)), Each(one => one.Max));

        double Each(Func<Latencies, double> value) => TrafficSummary.Mean(replications.Select(value));
    }
}
