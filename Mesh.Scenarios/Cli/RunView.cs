using Mesh.Reports.Rendering;
using Mesh.Reports.Results;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>A run's summary for people: verdicts first, then what entered, what hurts, and how to see and repeat it.</summary>
internal static class RunView
{
    private const int WorstCalls = 5;

    public static void Write(Terminal terminal, FinishedRun run)
    {
        var record = run.Record;
        var console = terminal.Results;
        var summary = new RunSummary(record);
        console.WriteLine();
        Headline(console, record);
        Verdicts(console, record);
        Entering(console, summary);
        Worst(console, summary);
        foreach (string warning in RunWarnings.Of(record).Except(record.Warnings)) Line(console, "warning", "[yellow]", warning);
        Facts(console, run);
    }

    private static void Headline(IAnsiConsole console, RunRecord record)
    {
        bool stopped = record.StopReason != "completed" || record.Replications.Count == 0;
        var (mark, colour) = record.Verdicts.Count == 0 ? ("•", "blue") : record.Passed ? ("✓", "green") : ("✗", "red");
        int met = record.Verdicts.Count(verdict => verdict.Verdict == Verdict.Pass);
        string outcome = record.Verdicts.Count == 0 ? "ran; nothing was expected"
            : record.Passed ? (met == 1 ? "passed: its expectation holds" : $"passed: all {met} expectations hold")
            : $"failed: {met} of {record.Verdicts.Count} expectations hold";
        console.MarkupLine($"[{colour} bold]{mark} {Markup.Escape(record.Scenario)}[/] {outcome}{(stopped ? " [yellow](stopped early)[/]" : "")}");
        double virtualSeconds = record.Replications.Sum(replication => replication.VirtualSeconds);
        double wall = record.Replications.Sum(replication => replication.WallSeconds);
        if (record.Replications.Count == 0) return;
        string seeds = record.Replications.Count == 1 ? $"seed {record.Seed}" : $"{record.Replications.Count} replications, seeds {record.Seed} to {record.Replications.Max(replication => replication.Seed)}";
        console.MarkupLine($"  [grey]{Units.Number(virtualSeconds)} virtual seconds in {Units.Duration(wall)} of computing, {Units.Number(virtualSeconds / wall)}x real time; {seeds}[/]");
    }

    private static void Verdicts(IAnsiConsole console, RunRecord record)
    {
        if (record.Verdicts.Count == 0) return;
        console.WriteLine();
        foreach (var verdict in record.Verdicts)
        {
            string mark = verdict.Verdict switch { Verdict.Pass => "[green]✓[/]", Verdict.Fail => "[red]✗[/]", _ => "[yellow]?[/]" };
            console.MarkupLine($"  {mark} {Markup.Escape(verdict.Expression)}");
            console.MarkupLine($"    [grey]{Markup.Escape(verdict.Explanation)}[/]");
        }
    }

    private static void Entering(IAnsiConsole console, RunSummary summary)
    {
        var entering = summary.Entering;
        console.WriteLine();
        Line(console, "requests", "", $"{Units.Count(entering.Requests)}, {Units.Rate(entering.Throughput)}, {Units.Percent(entering.SuccessRate)} succeeded" +
            (entering.Flags.Count == 0 ? "" : $" ({FlagLegend.Counts(entering.Flags)})"));
        Line(console, "latency", "", $"{WithInterval("mean", totals => totals.Latency.Mean)}   p50 {Units.Duration(entering.Latency.P50)}   p90 {Units.Duration(entering.Latency.P90)}   " +
            $"{WithInterval("p99", totals => totals.Latency.Percentile(0.99))}   max {Units.Duration(entering.Latency.Max)}");

        string WithInterval(string name, Func<EdgeTotals, double> number)
        {
            var interval = summary.Interval(number);
            return $"{name} {Units.Duration(interval.Mean)}{(interval.HalfWidth is null ? "" : $" ({Units.Interval(interval, Units.Duration)})")}";
        }
    }

    private static void Worst(IAnsiConsole console, RunSummary summary)
    {
        if (summary.Edges.Count == 0) return;
        var table = new Table().Border(TableBorder.Simple).BorderColor(Color.Grey);
        table.AddColumn("calls that hurt most");
        foreach (string heading in (string[])["requests", "succeeded", "p50", "p99", "attempts each"]) table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        bool why = summary.Edges.Take(WorstCalls).Any(edge => edge.Traffic.Flags.Count > 0);
        if (why) table.AddColumn("why");
        foreach (var edge in summary.Edges.Take(WorstCalls))
        {
            var traffic = edge.Traffic;
            string[] flags = why ? [FlagLegend.Counts(traffic.Flags)] : [];
            table.AddRow([Markup.Escape($"{edge.From} → {edge.To} {edge.Path}"), Units.Count(traffic.Requests), traffic.Failed == 0 ? Units.Percent(traffic.SuccessRate) : $"[red]{Units.Percent(traffic.SuccessRate)}[/]",
                Units.Duration(traffic.Latency.P50), Units.Duration(traffic.Latency.P99), Units.Number(traffic.RetryAmplification), .. flags]);
        }
        console.Write(new Padder(table, new Padding(1, 0, 0, 0)));
        string legend = FlagLegend.Of(summary.Edges.Take(WorstCalls).SelectMany(edge => edge.Traffic.Flags).Select(flag => flag.Key));
        if (legend.Length > 0) Line(console, "why", "", legend);
    }

    private static void Facts(IAnsiConsole console, FinishedRun run)
    {
        var record = run.Record;
        if (record.Replications.Count > 0) Line(console, "trace hash", "", record.Replications[0].TraceHash + (record.Replications.Count > 1 ? $" (seed {record.Seed})" : ""));
        if (run.Page is { } page) Line(console, "report", "[bold]", page);
        if (!record.Passed) Line(console, "replay", "[bold]", record.Replay);
    }

    private static void Line(IAnsiConsole console, string name, string style, string text)
    {
        string styled = style.Length == 0 ? Markup.Escape(text) : $"{style}{Markup.Escape(text)}[/]";
        console.MarkupLine($"  [grey]{name,-10}[/] {styled}");
    }
}
