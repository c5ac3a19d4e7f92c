using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Rendering;

/// <summary>
/// The one JSON document that <c>run --json</c> prints. Counts are sums over the replications, latencies means of the replications' own values
/// in milliseconds, <c>null</c> where nothing was seen; <c>intervals</c> holds 95% intervals over the replications.
/// </summary>
public static class RunJson
{
    /// <summary>Name and version of the document's form.</summary>
    public const string Schema = "meshlab.result/1";

    /// <summary>The document, indented: one run as an object, several (or none) as a list of such.</summary>
    public static string Write(IReadOnlyList<RunRecord> records)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            if (records.Count != 1) json.WriteStartArray();
            foreach (var record in records) Run(json, record);
            if (records.Count != 1) json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Run(Utf8JsonWriter json, RunRecord record)
    {
        var summary = new RunSummary(record);
        json.WriteStartObject();
        Head(json, record);
        Requests(json, summary.Entering);
        Latency(json, summary.Entering.Latency);
        Intervals(json, summary);
        Services(json, summary);
        json.WriteStartObject("edges");
        foreach (var row in summary.Edges.OrderBy(row => row.From, StringComparer.Ordinal).ThenBy(row => row.To, StringComparer.Ordinal).ThenBy(row => row.Path, StringComparer.Ordinal))
        {
            json.WriteStartObject($"{row.From} -> {row.To} {row.Path}");
            json.WriteString("from", row.From);
            json.WriteString("to", row.To);
            json.WriteString("path", row.Path);
            Traffic(json, row.Traffic);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartObject("phases");
        foreach (var (name, traffic) in summary.Phases)
        {
            json.WriteStartObject(name);
            Traffic(json, traffic);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        Faults(json, summary);
        Expectations(json, record);
        Texts(json, "warnings", RunWarnings.Of(record));
        Texts(json, "notModelled", record.NotModelled);
        json.WriteString("replay", record.Replay);
        json.WriteEndObject();
    }

    private static void Head(Utf8JsonWriter json, RunRecord record)
    {
        json.WriteString("schema", Schema);
        json.WriteString("scenario", record.Scenario);
        if (record.Variant.Length > 0) json.WriteString("variant", record.Variant);
        json.WriteString("world", record.World);
        json.WriteNumber("seed", record.Seed);
        json.WriteNumber("replications", record.Replications.Count);
        // The first replication's; the others' follow in the same order as their seeds.
        if (record.Replications.Count > 0) json.WriteString("traceHash", record.Replications[0].TraceHash);
        else json.WriteNull("traceHash");
        Texts(json, "traceHashes", record.Replications.Select(replication => replication.TraceHash));
        json.WriteBoolean("passed", record.Passed);
        json.WriteString("stopReason", record.StopReason);
        json.WriteNumber("virtualSeconds", record.Replications.Sum(replication => replication.VirtualSeconds));
        json.WriteNumber("wallSeconds", record.Replications.Sum(replication => replication.WallSeconds));
        json.WriteNumber("eventsFired", record.Replications.Sum(replication => replication.EventsFired));
        json.WriteNumber("decisions", record.Replications.Sum(replication => replication.Decisions));
    }

    private static void Requests(Utf8JsonWriter json, TrafficSummary traffic)
    {
        json.WriteStartObject("requests");
        json.WriteNumber("total", traffic.Requests);
        json.WriteNumber("succeeded", traffic.Succeeded);
        json.WriteNumber("failed", traffic.Failed);
        json.WriteEndObject();
    }

    private static void Intervals(Utf8JsonWriter json, RunSummary summary)
    {
        json.WriteStartObject("intervals");
        One("successRate", totals => totals.SuccessRate);
        One("requestsPerSecond", totals => totals.Throughput);
        One("latencyMsMean", totals => totals.Latency.Mean * 1000);
        One("latencyMsP50", totals => totals.Latency.Percentile(0.5) * 1000);
        One("latencyMsP90", totals => totals.Latency.Percentile(0.9) * 1000);
        One("latencyMsP95", totals => totals.Latency.Percentile(0.95) * 1000);
        One("latencyMsP99", totals => totals.Latency.Percentile(0.99) * 1000);
        One("latencyMsP999", totals => totals.Latency.Percentile(0.999) * 1000);
        Interval(json, "attemptsPerCall", summary.AttemptsPerCall());
        json.WriteEndObject();

        void One(string name, Func<EdgeTotals, double> number) => Interval(json, name, summary.Interval(number));
    }

    private static void Interval(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartObject(name);
        Number(json, "mean", interval.Mean);
        Number(json, "low", interval.Low);
        Number(json, "high", interval.High);
        json.WriteEndObject();
    }

    private static void Services(Utf8JsonWriter json, RunSummary summary)
    {
        var endpoints = summary.Record.Replications.SelectMany(replication => replication.Endpoints).ToLookup(endpoint => endpoint.Service, StringComparer.Ordinal);
        json.WriteStartObject("services");
        foreach (var row in summary.Services.OrderBy(row => row.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject(row.Name);
            Traffic(json, row.Traffic);
            json.WriteNumber("rejected", row.Rejected);
            json.WriteStartObject("endpoints");
            foreach (var endpoint in endpoints[row.Name].GroupBy(endpoint => endpoint.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)) Endpoint(json, endpoint);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Endpoint(Utf8JsonWriter json, IGrouping<string, EndpointStats> endpoint)
    {
        long attempts = endpoint.Sum(one => one.Attempts);
        json.WriteStartObject(endpoint.Key);
        json.WriteNumber("attempts", attempts);
        json.WriteNumber("failed", endpoint.Sum(one => one.Failed));
        Number(json, "latencyMsMean", endpoint.Sum(one => one.MeanLatencySeconds * one.Attempts) * 1000 / attempts);
        json.WriteEndObject();
    }

    private static void Traffic(Utf8JsonWriter json, TrafficSummary traffic)
    {
        json.WriteNumber("requests", traffic.Requests);
        json.WriteNumber("succeeded", traffic.Succeeded);
        Number(json, "requestsPerSecond", traffic.Throughput);
        Latency(json, traffic.Latency);
        json.WriteNumber("attempts", traffic.Attempts);
        json.WriteNumber("retries", traffic.Retries);
        json.WriteNumber("breakerOpens", traffic.Breakers.Opens);
        json.WriteNumber("ejections", traffic.Ejections.Count);
        json.WriteStartObject("flags");
        foreach (var (flag, count) in traffic.Flags) json.WriteNumber(flag, count);
        json.WriteEndObject();
    }

    private static void Latency(Utf8JsonWriter json, LatencySummary latency)
    {
        json.WriteStartObject("latencyMs");
        Number(json, "mean", latency.Mean * 1000);
        Number(json, "p50", latency.P50 * 1000);
        Number(json, "p90", latency.P90 * 1000);
        Number(json, "p95", latency.P95 * 1000);
        Number(json, "p99", latency.P99 * 1000);
        Number(json, "p999", latency.P999 * 1000);
        Number(json, "max", latency.Max * 1000);
        json.WriteEndObject();
    }

    private static void Faults(Utf8JsonWriter json, RunSummary summary)
    {
        json.WriteStartArray("faults");
        foreach (var row in summary.Faults)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("what", row.What);
            json.WriteStartArray("spans");
            foreach (var span in row.Spans)
            {
                json.WriteStartObject();
                json.WriteNumber("fromSeconds", span.From / (double)TimeSpan.TicksPerSecond);
                json.WriteNumber("toSeconds", span.To / (double)TimeSpan.TicksPerSecond);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            Texts(json, "replicas", row.Replicas);
            json.WriteNumber("matched", row.Eligible);
            json.WriteNumber("hit", row.Injected);
            json.WriteNumber("delayed", row.Delayed);
            json.WriteNumber("aborted", row.Aborted);
            json.WriteNumber("overflowed", row.Overflowed);
            Number(json, "shareRequested", row.RequestedShare);
            Number(json, "shareMeasured", row.MeasuredShare);
            Number(json, "delayMsRequested", row.RequestedDelay > 0 ? row.RequestedDelay * 1000 : null);
            Number(json, "delayMsMeasured", row.MeanDelay * 1000);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Expectations(Utf8JsonWriter json, RunRecord record)
    {
        json.WriteStartArray("expectations");
        foreach (var verdict in record.Verdicts)
        {
            json.WriteStartObject();
            json.WriteString("expression", verdict.Expression);
            json.WriteString("verdict", verdict.Word);
            Number(json, "observed", verdict.Observed);
            if (verdict is { Low: { } low, High: { } high })
            {
                json.WriteStartArray("interval");
                Value(json, low);
                Value(json, high);
                json.WriteEndArray();
            }
            else json.WriteNull("interval");
            Number(json, "limit", verdict.Limit);
            json.WriteString("unit", verdict.Unit);
            json.WriteString("explanation", verdict.Explanation);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        Value(json, value);
    }

    private static void Value(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumberValue(number);
        else json.WriteNullValue();
    }
}
