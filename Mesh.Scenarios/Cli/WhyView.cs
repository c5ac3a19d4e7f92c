using Mesh.Reports.Exemplars;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>Single requests for people: a list, and one as a waterfall in letters.</summary>
internal static class WhyView
{
    private const int Parts = 6;
    private const int MostRows = 100;

    public static void List(Terminal terminal, RunRecord record, IReadOnlyList<NumberedExemplar> all, string what)
    {
        var console = terminal.Results;
        console.WriteLine();
        console.MarkupLine($"[blue bold]• {Markup.Escape(record.Scenario)}[/] {(all.Count == 0 ? "keeps no requests" : $"{all.Count} of its requests, with all that was decided about them")}");
        Group(console, "the slowest that succeeded", all.Where(one => !one.Request.Failed));
        Group(console, "failures, of each kind", all.Where(one => one.Request.Failed));
        console.WriteLine();
        if (ExemplarList.Skipped(record) is > 0 and var skipped) console.MarkupLine($"  [grey]{Units.Count(skipped)} requests were not looked at, so slower ones may be among them: of a long run, a sample is, and none while too many are under way[/]");
        if (all.Count > 0) terminal.Output.WriteLine($"  meshlab why {ReplayCommand.Quote([what])} 1   shows the first as a waterfall");
    }

    public static void One(Terminal terminal, NumberedExemplar one)
    {
        var console = terminal.Results;
        var request = one.Request;
        console.WriteLine();
        console.MarkupLine($"[blue bold]• {Markup.Escape($"{request.Calls[0].To} {request.Calls[0].Path}")}[/] {Markup.Escape(FlagWords.Answer(request.Status, request.Flags))} after {Units.Duration(Seconds(request.Duration))}");
        console.MarkupLine($"  [grey]request {request.Name}, at {Units.Duration(Seconds(request.Start))} of seed {one.Seed}[/]");
        console.WriteLine();
        console.MarkupLine("  [grey]where its time went, along the critical path[/]");
        foreach (var (what, ticks) in TimeBreakdown.Of(request).Take(Parts))
            console.MarkupLine($"  {Units.Duration(Seconds(ticks)),9}  {Units.Percent((double)ticks / Math.Max(1, request.Duration)),6}  {Markup.Escape(what)}");
        console.WriteLine();
        Rows(console, Waterfall.Of(request));
        if (request.Truncated) console.MarkupLine("  [yellow]there were more decisions than are kept for one request[/]");
    }

    private static void Group(IAnsiConsole console, string heading, IEnumerable<NumberedExemplar> requests)
    {
        var list = requests.ToList();
        if (list.Count == 0) return;
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(new TableColumn("").RightAligned().NoWrap());
        foreach (string name in (string[])[heading, "took", "at", "attempts", "answer, and where it comes from", "key"])
            table.AddColumn(new TableColumn($"[grey]{name}[/]").Padding(0, 0, 2, 0));
        foreach (var one in list)
        {
            var (number, _, request) = one;
            int attempts = request.Calls.Sum(call => call.Events.Count(e => e.Kind == Mesh.Runtime.Telemetry.MeshEventKind.AttemptStarted));
            table.AddRow($"[bold]{number}[/]", Markup.Escape($"{request.Calls[0].To} {request.Calls[0].Path}"), Units.Duration(Seconds(request.Duration)), Units.Duration(Seconds(request.Start)),
                $"{attempts}", request.Failed ? $"[red]{Markup.Escape(one.Story)}[/]" : Markup.Escape(one.Story), $"[grey]{request.Name[..8]}[/]");
        }
        console.WriteLine();
        console.Write(table);
    }

    private static void Rows(IAnsiConsole console, Waterfall waterfall)
    {
        var rows = waterfall.Rows.Take(MostRows).ToList();
        int width = Math.Min(console.Profile.Width, 160);
        int names = Math.Min(rows.Max(row => row.Label.Length + 2 * row.Depth), width * 2 / 5), bar = Math.Clamp(width / 3, 20, 60);
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(new TableColumn("").Width(names).NoWrap().Padding(2, 0, 1, 0));
        table.AddColumn(new TableColumn($"[grey]0{Units.Duration(Seconds(waterfall.Length)).PadLeft(bar - 1)}[/]").Width(bar).NoWrap().Padding(0, 0, 1, 0));
        table.AddColumn(new TableColumn("").Padding(0, 0, 0, 0));
        foreach (var row in rows)
        {
            string label = new string(' ', 2 * row.Depth) + row.Label;
            if (label.Length > names) label = string.Concat(label.AsSpan(0, names - 1), "…");
            string words = Markup.Escape($"{Units.Duration(Seconds(row.To - row.From))} {row.Words}");
            table.AddRow(Markup.Escape(label), Markup.Escape(WaterfallText.Bar(row, waterfall.Length, bar)), row.Failed ? $"[red]{words}[/]" : words);
        }
        console.Write(table);
        if (waterfall.Rows.Count > MostRows) console.MarkupLine($"  [grey]{waterfall.Rows.Count - MostRows} more rows; --json has all[/]");
        console.MarkupLine($"  [grey]{Markup.Escape(WaterfallText.Legend)}[/]");
    }

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;
}
