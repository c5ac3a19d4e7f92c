using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>What one service's proxies saw when they called one path of another service.</summary>
/// <param name="From">The calling service; the ingress for what enters the mesh.</param>
/// <param name="To">The called service.</param>
/// <param name="Path">The called path.</param>
public sealed record EdgeStats(string From, string To, string Path)
{
    /// <summary>The traffic of each of <see cref="ReplicationRecord.Slices"/>, by its index; <c>null</c> where there was none.</summary>
    public required IReadOnlyList<TrafficStats?> Slices { get; init; }

    /// <summary>The series over time, ascending; windows in which nothing ended are left out.</summary>
    public required IReadOnlyList<EdgeWindow> Windows { get; init; }
}

/// <summary>
/// Counts and latencies of one edge in one time slice. A request belongs to the slice of its <em>intended</em> start, with all of its attempts;
/// it succeeded when its status is 1 to 499, as in Istio's and Envoy's success rate: a 4xx is the caller's fault, and status 0 says that the caller gave up.
/// Latency is taken over all requests, failed ones too, as Envoy's histograms do.
/// </summary>
public sealed class TrafficStats
{
    /// <summary>Requests that ended.</summary>
    [JsonInclude]
    public long Requests { get; internal set; }

    /// <summary>Of them, with a status of 1 to 499.</summary>
    [JsonInclude]
    public long Succeeded { get; internal set; }

    /// <summary>Attempts that those requests made, the first included. A request refused before any attempt made none.</summary>
    [JsonInclude]
    public long Attempts { get; internal set; }

    /// <summary>Of the attempts, those that were not a request's first.</summary>
    [JsonInclude]
    public long Retries { get; internal set; }

    /// <summary>Attempts that ended without a status of 1 to 499; by the attempt's own start.</summary>
    [JsonInclude]
    public long AttemptsFailed { get; internal set; }

    /// <summary>Body bytes sent with requests.</summary>
    [JsonInclude]
    public long RequestBytes { get; internal set; }

    /// <summary>Body bytes that came back.</summary>
    [JsonInclude]
    public long ResponseBytes { get; internal set; }

    /// <summary>Requests by status; 0 when the caller gave up.</summary>
    [JsonInclude]
    public CodeTally Statuses { get; internal set; } = new();

    /// <summary>Requests by single response flag (<see cref="Mesh.Runtime.Telemetry.ResponseFlags"/> as number); one request may count under several.</summary>
    [JsonInclude]
    public CodeTally Flags { get; internal set; } = new();

    /// <summary>Attempts by single response flag.</summary>
    [JsonInclude]
    public CodeTally AttemptFlags { get; internal set; } = new();

    /// <summary>From a request's intended start to its end.</summary>
    [JsonInclude]
    public LogHistogram Latency { get; internal set; } = new();

    /// <summary>Of single attempts; by the attempt's own start.</summary>
    [JsonInclude]
    public LogHistogram AttemptLatency { get; internal set; } = new();

    /// <summary>From a request's first failed attempt to its success: how long a fault was worth waiting for.</summary>
    [JsonInclude]
    public LogHistogram? Recovery { get; internal set; }
}

/// <summary>One edge in one time window, by the time at which things <em>ended</em>; the warm-up is included.</summary>
/// <param name="Index">The window's number: it begins at <c>Index x</c> <see cref="ReplicationRecord.WindowTicks"/>.</param>
/// <param name="Requests">Requests that ended.</param>
/// <param name="Succeeded">Of them, successes.</param>
/// <param name="Attempts">Attempts that ended.</param>
/// <param name="Packed">The packed latency histogram of the requests.</param>
public sealed record EdgeWindow(int Index, long Requests, long Succeeded, long Attempts, byte[] Packed)
{
    /// <summary>The requests' latencies.</summary>
    public LogHistogram Latency() => PackedHistogram.Unpack(Packed);
}

/// <summary>What one service's proxies did towards another service, whatever the path: connections, breakers and ejections.</summary>
/// <param name="From">The calling service.</param>
/// <param name="To">The called service.</param>
/// <param name="Connections">Connections opened in the measured time.</param>
/// <param name="BreakerOpens">Times that a breaker of one of the proxies opened.</param>
/// <param name="BreakerOpenSeconds">Summed over the proxies, the time that breakers stood open.</param>
public sealed record PairStats(string From, string To, long Connections, long BreakerOpens, double BreakerOpenSeconds)
{
    /// <summary>Times that one of the proxies stopped sending to an endpoint: outlier detection and failure accrual.</summary>
    public long Ejections { get; init; }

    /// <summary>Summed over proxies and endpoints, the time that they were kept away.</summary>
    public double EjectedSeconds { get; init; }
}
