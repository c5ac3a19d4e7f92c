using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary>A run as one JSON document. Latencies are milliseconds; what was not observed is null.</summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One run as an object, several as a list.</summary>
    public static string Write(IReadOnlyList<RunRecord> records) =>
        (records.Count == 1 ? (JsonNode)Of(records[0]) : new JsonArray([.. records.Select(Of)])).ToJsonString(Indented);

    private static JsonObject Of(RunRecord record)
    {
        var summary = new RunSummary(record);
        var entering = summary.Entering;
        return new JsonObject
        {
            ["schema"] = record.Schema,
            ["scenario"] = record.Scenario,
            ["world"] = record.World,
            ["seed"] = record.Seed,
            ["replications"] = record.Replications.Count,
            ["traceHash"] = record.Replications.Count > 0 ? record.Replications[0].TraceHash : null,
            ["traceHashes"] = List(record.Replications.Select(replication => replication.TraceHash)),
            ["passed"] = record.Passed,
            ["stopReason"] = record.StopReason,
            ["virtualSeconds"] = Number(record.Replications.Sum(replication => replication.VirtualSeconds)),
            ["wallSeconds"] = Number(record.Replications.Sum(replication => replication.WallSeconds)),
            ["requests"] = new JsonObject { ["total"] = entering.Requests, ["succeeded"] = entering.Succeeded, ["failed"] = entering.Failed },
            ["latencyMs"] = Latency(entering.Latency),
            ["services"] = Map(summary.Services.Select(service => (service.Name, (JsonNode?)Service(service, record)))),
            ["edges"] = Map(summary.Edges.Select(edge => ($"{edge.From} -> {edge.To} {edge.Path}", (JsonNode?)Traffic(edge.Traffic)))),
            ["phases"] = Map(summary.Phases.Select(phase => (phase.Key, (JsonNode?)Traffic(phase.Value)))),
            ["expectations"] = new JsonArray([.. record.Verdicts.Select(Verdict)]),
            ["warnings"] = List(RunWarnings.Of(record)),
            ["replay"] = record.Replay,
        };
    }

    private static JsonObject Service(ServiceRow row, RunRecord record)
    {
        var service = Traffic(row.Traffic);
        service["rejected"] = row.Rejected;
        service["endpoints"] = Map(record.Replications.SelectMany(replication => replication.Endpoints).Where(endpoint => endpoint.Service == row.Name)
            .GroupBy(endpoint => endpoint.Name, StringComparer.Ordinal)
            .Select(group => (group.Key, (JsonNode?)new JsonObject { ["attempts"] = group.Sum(endpoint => endpoint.Attempts), ["failed"] = group.Sum(endpoint => endpoint.Failed) })));
        return service;
    }

    private static JsonObject Traffic(TrafficSummary traffic) => new()
    {
        ["requests"] = traffic.Requests,
        ["succeeded"] = traffic.Succeeded,
        ["attempts"] = traffic.Attempts,
        ["retries"] = traffic.Retries,
        ["latencyMs"] = Latency(traffic.Latency),
        ["breakerOpens"] = traffic.Breakers.Opens,
        ["flags"] = Map(traffic.Flags.Select(flag => (flag.Key, (JsonNode?)flag.Value))),
    };

    private static JsonObject Latency(LatencySummary latency) => new()
    {
        ["mean"] = Number(latency.Mean * 1000), ["p50"] = Number(latency.P50 * 1000), ["p90"] = Number(latency.P90 * 1000), ["p95"] = Number(latency.P95 * 1000),
        ["p99"] = Number(latency.P99 * 1000), ["p999"] = Number(latency.P999 * 1000), ["max"] = Number(latency.Max * 1000),
    };

    private static JsonObject Verdict(ExpectationVerdict verdict) => new()
    {
        ["expression"] = verdict.Expression,
        ["verdict"] = verdict.Word,
        ["observed"] = Number(verdict.Observed),
        ["interval"] = verdict is { Low: { } low, High: { } high } ? new JsonArray(Number(low), Number(high)) : null,
        ["limit"] = Number(verdict.Limit),
        ["unit"] = verdict.Unit,
        ["explanation"] = verdict.Explanation,
    };

    private static JsonValue? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static JsonArray List(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)item)]);

    private static JsonObject Map(IEnumerable<(string Key, JsonNode? Value)> entries) => new(entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)));
}
