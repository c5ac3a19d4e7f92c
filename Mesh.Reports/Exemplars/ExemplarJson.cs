using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>The one JSON document that <c>why --json</c> prints: requests with their calls and decisions, times in milliseconds from each request's start.</summary>
public static class ExemplarJson
{
    /// <summary>Name and version of the document's form.</summary>
    public const string Schema = "meshlab.requests/1";

    /// <summary>The document, indented.</summary>
    public static string Write(RunRecord record, IReadOnlyList<NumberedExemplar> requests)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("scenario", record.Scenario);
            json.WriteNumber("notLookedAt", ExemplarList.Skipped(record));
            json.WriteStartArray("requests");
            foreach (var one in requests) Request(json, one);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Request(Utf8JsonWriter json, NumberedExemplar one)
    {
        var request = one.Request;
        json.WriteStartObject();
        json.WriteNumber("number", one.Number);
        json.WriteString("key", request.Name);
        json.WriteNumber("seed", one.Seed);
        json.WriteNumber("startMs", Ms(request.Start));
        json.WriteNumber("tookMs", Ms(request.Duration));
        Answer(json, request.Status, request.Flags);
        json.WriteBoolean("failed", request.Failed);
        json.WriteBoolean("truncated", request.Truncated);
        json.WriteStartObject("whereMs");
        foreach (var (what, ticks) in TimeBreakdown.Of(request)) json.WriteNumber(what, Ms(ticks));
        json.WriteEndObject();
        json.WriteStartArray("calls");
        foreach (var call in request.Calls) Call(json, call, request);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Call(Utf8JsonWriter json, ExemplarCall call, Exemplar request)
    {
        json.WriteStartObject();
        json.WriteNumber("parent", call.Parent);
        json.WriteNumber("parentAttempt", call.ParentAttempt);
        json.WriteString("from", call.From);
        json.WriteString("to", call.To);
        json.WriteString("path", call.Path);
        json.WriteNumber("startMs", Ms(call.Start));
        Time(json, "endMs", call.End);
        Answer(json, call.Status, call.Flags);
        json.WriteStartArray("attempts");
        foreach (var attempt in ExemplarAttempt.Of(call, request.Duration))
        {
            json.WriteStartObject();
            json.WriteNumber("number", attempt.Number);
            json.WriteString("endpoint", attempt.Endpoint);
            json.WriteNumber("startMs", Ms(attempt.Start));
            Time(json, "connectionOpenedMs", attempt.Opened);
            Time(json, "arrivedMs", attempt.Arrived);
            Time(json, "answeredMs", attempt.Answered);
            json.WriteNumber("endMs", Ms(attempt.End));
            Answer(json, attempt.Status, attempt.Flags);
            json.WriteBoolean("hedge", attempt.IsHedge);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("decisions");
        foreach (var e in call.Events)
        {
            json.WriteStartObject();
            json.WriteNumber("atMs", Ms(e.At));
            json.WriteString("kind", e.Kind.ToString());
            json.WriteNumber("attempt", e.Attempt);
            json.WriteNumber("outcome", e.Outcome);
            json.WriteString("flags", e.Flags.ToEnvoyText());
            json.WriteNumber("durationMs", Ms(e.Duration));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Answer(Utf8JsonWriter json, int status, ResponseFlags flags)
    {
        json.WriteNumber("status", status);
        json.WriteString("flags", flags.ToEnvoyText());
    }

    private static void Time(Utf8JsonWriter json, string name, long? ticks)
    {
        if (ticks is { } at) json.WriteNumber(name, Ms(at));
        else json.WriteNull(name);
    }

    private static double Ms(long ticks) => ticks / (double)TimeSpan.TicksPerMillisecond;
}
