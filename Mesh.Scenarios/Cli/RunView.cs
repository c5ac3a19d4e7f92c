using Mesh.Reports.Rendering;
using Mesh.Reports.Results;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>A run's summary for people: verdicts first, then what entered, what hurts, and how to see and repeat it.</summary>
internal static class RunView
{
    private const int WorstCalls = 5;
    private const int WideTerminal = 110;

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
        Facts(terminal, run);
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
            console.Write(new Padder(new Markup($"[grey]{Markup.Escape(verdict.Explanation)}[/]"), new Padding(4, 0, 0, 0)));
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
        var worst = summary.Edges.Take(WorstCalls).ToList();
        if (worst.Count == 0) return;
        bool wide = console.Profile.Width >= WideTerminal;
        bool why = wide && worst.Exists(edge => edge.Traffic.Flags.Count > 0);
        string[] headings = ["requests", "succeeded", .. wide ? (string[])["p50"] : [], "p99", "attempts"];
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(Column("calls that hurt most", wide));
        foreach (string heading in headings) table.AddColumn(Column(heading, wide).RightAligned());
        if (why) table.AddColumn(Column("why", wide));
        foreach (var edge in worst) table.AddRow(Row(edge, wide, why));
        console.WriteLine();
        console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
        console.WriteLine();
        string legend = FlagLegend.Of(worst.SelectMany(edge => edge.Traffic.Flags).Select(flag => flag.Key));
        if (why && legend.Length > 0) Line(console, "why", "", legend);
    }

    private static TableColumn Column(string heading, bool wide) => new TableColumn($"[grey]{heading}[/]").NoWrap().Padding(0, 0, wide ? 2 : 1, 0);

    private static string[] Row(EdgeRow edge, bool wide, bool why)
    {
        var traffic = edge.Traffic;
        string succeeded = Units.Percent(traffic.SuccessRate);
        return
        [
            Markup.Escape($"{edge.From} → {edge.To} {edge.Path}"),
            Units.Count(traffic.Requests),
            traffic.Failed == 0 ? succeeded : $"[red]{succeeded}[/]",
            .. wide ? (string[])[Units.Duration(traffic.Latency.P50)] : [],
            Units.Duration(traffic.Latency.P99),
            Units.Number(traffic.RetryAmplification),
            .. why ? (string[])[FlagLegend.Counts(traffic.Flags)] : [],
        ];
    }

    /// <summary>What people copy: written without any wrapping.</summary>
    private static void Facts(Terminal terminal, FinishedRun run)
    {
        var record = run.Record;
        if (record.Replications is [{ TraceHash.Length: > 0 }, ..]) Fact("trace hash", record.Replications[0].TraceHash + (record.Replications.Count > 1 ? $" (seed {record.Seed})" : ""));
        if (run.Page is { } page) Fact("report", page);
        if (!record.Passed) Fact("replay", record.Replay);

        void Fact(string name, string text)
        {
            terminal.Results.Markup($"  [grey]{name,-10}[/] ");
            terminal.Output.WriteLine(text);
        }
    }

    private static void Line(IAnsiConsole console, string name, string style, string text)
    {
        string styled = style.Length == 0 ? Markup.Escape(text) : $"{style}{Markup.Escape(text)}[/]";
        var grid = new Grid().AddColumn(new GridColumn().Width(10).Padding(2, 0, 1, 0)).AddColumn(new GridColumn().Padding(0, 0, 0, 0));
        console.Write(grid.AddRow($"[grey]{name}[/]", styled));
    }
}
