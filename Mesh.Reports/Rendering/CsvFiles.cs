using System.Globalization;
using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>The tables of a report as CSV (RFC 4180): a header, commas, times in seconds, an empty field for what was not seen.</summary>
public static class CsvFiles
{
    private const string TrafficHeader =
        "requests,succeeded,failed,success_rate,requests_per_s,attempts,retries,latency_mean_s,latency_p50_s,latency_p90_s,latency_p95_s,latency_p99_s,latency_p999_s,latency_max_s,flags";

    /// <summary>Writes <c>services.csv</c>, <c>edges.csv</c>, <c>phases.csv</c>, <c>endpoints.csv</c>, <c>replicas.csv</c>, <c>timeline.csv</c> and <c>replications.csv</c>.</summary>
    public static void Write(RunSummary summary, string directory)
    {
        var record = summary.Record;
        Save("services", "service," + TrafficHeader + ",turned_away,inside_p99_s", summary.Services.Select(row => Row([row.Name, .. Traffic(row.Traffic), row.Rejected, row.Inside.P99])));
        Save("edges", "from,to,path," + TrafficHeader, summary.Edges.Select(row => Row([row.From, row.To, row.Path, .. Traffic(row.Traffic)])));
        Save("phases", "phase," + TrafficHeader, summary.Phases.Select(phase => Row([phase.Key, .. Traffic(phase.Value)])));
        Save("endpoints", "replication,service,endpoint,version,zone,attempts,failed,latency_mean_s", record.Replications.SelectMany(replication => replication.Endpoints
            .Select(row => Row(replication.Replication, row.Service, row.Name, row.Version, row.Zone, row.Attempts, row.Failed, row.MeanLatencySeconds))));
        Save("replicas", "replication,service,replica,zone,workers,busy,queue_mean,queue_max,served,turned_away", record.Replications.SelectMany(replication => replication.Replicas
            .Select(row => Row(replication.Replication, row.Service, row.Name, row.Zone, row.Workers, row.BusyFraction, row.MeanQueue, row.MaxQueue, row.Served, row.Rejected))));
        Save("timeline", "replication,from_s,requests,succeeded,attempts,latency_mean_s,latency_p50_s,latency_p95_s,latency_p99_s", record.Replications.SelectMany(Timeline));
        Save("replications", "replication,seed,trace_hash,stop_reason,virtual_s,wall_s,events,decisions,unfinished," + TrafficHeader, record.Replications
            .Select(row => Row([row.Replication, row.Seed, row.TraceHash, row.StopReason, row.VirtualSeconds, row.WallSeconds, row.EventsFired, row.Decisions, row.Unfinished, .. Traffic(TrafficSummary.Of([row.Select()]))])));

        void Save(string name, string header, IEnumerable<string> rows) => File.WriteAllText(Path.Combine(directory, name + ".csv"), string.Concat(rows.Prepend(header).Select(row => row + "\n")));
    }

    private static IEnumerable<string> Timeline(ReplicationRecord replication) => EdgeSeries.Of(replication).Points.Select(point => Row(
        replication.Replication, point.Index * replication.WindowTicks / (double)TimeSpan.TicksPerSecond, point.Requests, point.Succeeded, point.Attempts,
        Seconds(point.Requests == 0 ? double.NaN : point.Latency.Mean), Seconds(point.Latency.Percentile(0.5)), Seconds(point.Latency.Percentile(0.95)), Seconds(point.Latency.Percentile(0.99))));

    private static object[] Traffic(TrafficSummary traffic) =>
    [
        traffic.Requests, traffic.Succeeded, traffic.Failed, traffic.SuccessRate, traffic.Throughput, traffic.Attempts, traffic.Retries, traffic.Latency.Mean, traffic.Latency.P50,
        traffic.Latency.P90, traffic.Latency.P95, traffic.Latency.P99, traffic.Latency.P999, traffic.Latency.Max, string.Join(' ', traffic.Flags.Select(flag => $"{flag.Key}={flag.Value}")),
    ];

    private static double Seconds(double ticks) => ticks / TimeSpan.TicksPerSecond;

    internal static string Row(params object[] fields) => string.Join(',', fields.Select(Field));

    private static string Field(object value)
    {
        string text = value is double number ? (double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
