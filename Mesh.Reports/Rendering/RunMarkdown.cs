using System.Text;
using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>A run on half a page of Markdown: for a pull request or a chat.</summary>
public static class RunMarkdown
{
    private const int MostRows = 10;

    /// <summary>The document.</summary>
    public static string Write(RunRecord record)
    {
        var summary = new RunSummary(record);
        var text = new StringBuilder();
        string headline = VerdictSection.Headline(record);
        text.Append($"## {Text(record.Scenario)}: {headline}\n\n");
        if (record.Description.Length > 0) text.Append($"{Text(record.Description)}\n\n");
        if (record.Verdicts.Count > 0) Verdicts(text, record);
        Numbers(text, summary);
        Services(text, summary);
        foreach (string warning in RunWarnings.Of(record)) text.Append($"- warning: {Text(warning)}\n");
        if (record.Replay.Length > 0) text.Append($"\nReplay:\n\n    {record.Replay.ReplaceLineEndings(" ")}\n");
        if (record.Replications is [{ TraceHash.Length: > 0 }, ..]) text.Append($"\nTrace hash of the first replication: `{record.Replications[0].TraceHash}`\n");
        return text.ToString();
    }

    private static void Verdicts(StringBuilder text, RunRecord record)
    {
        text.Append("| verdict | expectation | observed | 95% interval | limit |\n|---|---|--:|--:|--:|\n");
        foreach (var verdict in record.Verdicts)
        {
            string interval = verdict is { Low: { } low, High: { } high } ? $"{Units.Of(low, verdict.Unit)} to {Units.Of(high, verdict.Unit)}" : Units.None;
            string words = verdict.Verdict switch { Verdict.Pass => "pass", Verdict.Fail => "**fail**", _ => "**not enough data**" };
            text.Append($"| {words} | {Text(verdict.Expression)} | {Units.Of(verdict.Observed, verdict.Unit)} | {interval} | {Units.Of(verdict.Limit, verdict.Unit)} |\n");
        }
        text.Append('\n');
    }

    private static void Numbers(StringBuilder text, RunSummary summary)
    {
        var traffic = summary.Entering;
        text.Append($"{Units.Count(traffic.Requests)} requests, {Units.Percent(traffic.SuccessRate)} succeeded, {Units.Rate(traffic.Throughput)}. ")
            .Append($"Latency p50 {Units.Duration(traffic.Latency.P50)}, p90 {Units.Duration(traffic.Latency.P90)}, p99 {Units.Duration(traffic.Latency.P99)}, p99.9 {Units.Duration(traffic.Latency.P999)}. ")
            .Append($"{Units.Number(summary.AttemptsPerCall().Mean)} attempts per call. Replications: {summary.Record.Replications.Count}.\n\n");
    }

    private static void Services(StringBuilder text, RunSummary summary)
    {
        if (summary.Services.Count == 0) return;
        text.Append("| service | requests | failed | p50 | p99 | attempts/call |\n|---|--:|--:|--:|--:|--:|\n");
        foreach (var row in summary.Services.Take(MostRows))
            text.Append($"| {Text(row.Name)} | {Units.Count(row.Traffic.Requests)} | {Units.Count(row.Traffic.Failed)} | {Units.Duration(row.Traffic.Latency.P50)} | {Units.Duration(row.Traffic.Latency.P99)} | {Units.Number(row.Traffic.RetryAmplification)} |\n");
        if (summary.Services.Count > MostRows) text.Append($"\nThe {MostRows} of {summary.Services.Count} services with the most failures, then the highest p99.\n");
        text.Append('\n');
    }

    /// <summary>Text that Markdown takes as text.</summary>
    private static string Text(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text.ReplaceLineEndings(" "))
            plain.Append(c switch { '<' => "&lt;", '&' => "&amp;", '|' or '*' or '_' or '`' or '[' or ']' or '\\' or '#' => $"\\{c}", _ => c.ToString() });
        return plain.ToString();
    }
}
