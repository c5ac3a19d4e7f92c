using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Comparisons;

/// <summary>
/// The one JSON document that <c>compare --json</c> prints. Latencies are milliseconds; <c>null</c> where nothing was seen.
/// The same command prints the same document: it holds no wall time.
/// </summary>
public static class ComparisonJson
{
    /// <summary>The document, indented.</summary>
    public static string Write(ComparisonTable table)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            Head(json, table);
            json.WriteStartArray("variants");
            foreach (var variant in table.Record.Variants) Variant(json, variant, table);
            json.WriteEndArray();
            json.WriteStartArray("rows");
            foreach (var row in table.Rows) Row(json, row, table.Record);
            json.WriteEndArray();
            json.WriteStartArray("warnings");
            foreach (string warning in table.Record.Warnings) json.WriteStringValue(warning);
            json.WriteEndArray();
            json.WriteString("replay", table.Record.Replay);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Head(Utf8JsonWriter json, ComparisonTable table)
    {
        var first = table.Record.Runs[0].Record;
        json.WriteString("schema", ComparisonRecord.CurrentSchema);
        json.WriteString("name", table.Record.Name);
        json.WriteString("baseline", table.Record.Baseline);
        json.WriteNumber("seed", first.Seed);
        json.WriteNumber("replications", first.Replications.Count);
        json.WriteNumber("differencesPerNumber", table.Differences);
        json.WriteNumber("confidence", table.Confidence);
    }

    private static void Variant(Utf8JsonWriter json, ComparedVariant variant, ComparisonTable table)
    {
        json.WriteStartObject();
        json.WriteString("name", variant.Name);
        json.WriteString("file", variant.File);
        json.WriteStartObject("settings");
        foreach (var setting in variant.Settings) json.WriteString(setting.Name, setting.Value);
        json.WriteEndObject();
        json.WriteString("tally", table.Tally(variant.Name));
        json.WriteEndObject();
    }

    private static void Row(Utf8JsonWriter json, ComparisonRow row, ComparisonRecord record)
    {
        json.WriteStartObject();
        json.WriteString("variant", row.Variant);
        json.WriteNumber("load", row.Load);
        json.WriteStartArray("traceHashes");
        foreach (var replication in record.Run(row.Variant, row.Load).Replications) json.WriteStringValue(replication.TraceHash);
        json.WriteEndArray();
        foreach (var cell in row.Cells)
        {
            bool time = cell.Number.Unit == "s";
            json.WriteStartObject(time ? cell.Number.Key.Replace("latency", "latencyMs", StringComparison.Ordinal) : cell.Number.Key);
            Interval(json, cell.Value, time ? 1000 : 1);
            if (cell.Difference is { } difference)
            {
                json.WriteStartObject("difference");
                Interval(json, difference.Difference, time ? 1000 : 1);
                Number(json, "correlation", difference.Correlation);
                json.WriteString("verdict", cell.Word);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Interval(Utf8JsonWriter json, Interval interval, double scale)
    {
        Number(json, "mean", interval.Mean * scale);
        Number(json, "low", interval.Low * scale);
        Number(json, "high", interval.High * scale);
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
