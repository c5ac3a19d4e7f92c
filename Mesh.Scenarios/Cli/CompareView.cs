using System.Globalization;
using Mesh.Reports.Comparisons;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary>A comparison for people: load by load, each variant's numbers, and below them its paired differences to the baseline.</summary>
internal static class CompareView
{
    private const int WideTerminal = 120;

    public static void Write(Terminal terminal, ComparisonTable table, string? page)
    {
        var console = terminal.Results;
        var record = table.Record;
        var first = record.Runs[0].Record;
        console.WriteLine();
        console.MarkupLine($"[blue bold]• {Markup.Escape(record.Name)}[/] {record.Variants.Count} variants compared with '{Markup.Escape(record.Baseline)}'");
        console.MarkupLine($"  [grey]{first.Replications.Count} paired replications, seeds {first.Seed} to {first.Replications[^1].Seed}: the same arrivals and demands for every variant[/]");
        foreach (double load in record.Loads) Load(console, table, load);
        console.WriteLine();
        foreach (var variant in record.Variants.Where(variant => variant.Name != record.Baseline))
            console.MarkupLine($"  {Markup.Escape(variant.Name)}: {table.Tally(variant.Name)} [grey]comparisons[/]");
        foreach (string warning in record.Warnings) console.MarkupLine($"  [yellow]warning {Markup.Escape(warning)}[/]");
        console.MarkupLine($"  [grey]{Markup.Escape(ComparisonReport.HowToRead(table))}[/]");
        if (page is null) return;
        terminal.Results.Markup("  [grey]report[/] ");
        terminal.Output.WriteLine(page);
    }

    private static void Load(IAnsiConsole console, ComparisonTable table, double load)
    {
        bool wide = console.Profile.Width >= WideTerminal;
        var grid = new Table().Border(TableBorder.None);
        string heading = table.Record.Loads.Count == 1 && load == 1 ? "variant" : $"at {load.ToString("0.####", CultureInfo.InvariantCulture)} x load";
        grid.AddColumn(new TableColumn($"[grey]{heading}[/]").Padding(0, 0, 2, 0));
        foreach (var number in ComparedNumber.All) grid.AddColumn(new TableColumn($"[grey]{number.Name}[/]").RightAligned().NoWrap().Padding(0, 0, wide ? 3 : 2, 0));
        foreach (var row in table.Rows.Where(row => row.Load.Equals(load)))
        {
            grid.AddRow([Markup.Escape(row.Variant), .. row.Cells.Select(cell => cell.Number.Write(cell.Value.Mean))]);
            if (!row.IsBaseline) grid.AddRow(["[grey]  difference[/]", .. row.Cells.Select(cell => Difference(cell, wide))]);
        }
        console.WriteLine();
        console.Write(new Padder(grid, new Padding(2, 0, 0, 0)));
    }

    private static string Difference(ComparisonCell cell, bool wide)
    {
        if (cell.Difference is not { Difference: { HalfWidth: { } half } difference }) return "[grey]–[/]";
        string within = $"±{cell.Number.WriteSize(half)}", between = wide ? " " : "\n";
        return cell.Verdict switch
        {
            DifferenceVerdict.Tie => $"[grey]tie{between}{within}[/]",
            DifferenceVerdict.Better => $"[green]{cell.Number.WriteDifference(difference.Mean)}[/]{between}[grey]{within}[/]",
            _ => $"[red]{cell.Number.WriteDifference(difference.Mean)}[/]{between}[grey]{within}[/]",
        };
    }
}
