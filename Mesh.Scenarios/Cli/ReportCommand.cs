using System.CommandLine;
using Mesh.Reports.Comparisons;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab report FILE</c>: renders a stored run again.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("RUN") { Description = $"A stored run or comparison: {HtmlReport.RecordName} or {ComparisonStore.FileName}, beside its report; or that directory." };
        var directory = new Option<string>("--report") { Description = "Where the report goes. Default: beside the stored run." };
        var json = new Option<bool>("--json") { Description = "Prints the run's JSON document instead." };
        var command = new Command("report", "Render a stored run or comparison again.") { file, directory, json };
        command.SetAction(parsed =>
        {
            string path = StoredRun.Find(parsed.GetValue(file)!);
            string target = parsed.GetValue(directory) ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
            terminal.Output.WriteLine(StoredRun.IsComparison(path)
                ? Comparison(new ComparisonTable(StoredRun.LoadComparison(path)), target, parsed.GetValue(json))
                : Run(StoredRun.Load(path), target, parsed.GetValue(json)));
        });
        return command;
    }

    private static string Comparison(ComparisonTable table, string target, bool json) => json ? ComparisonJson.Write(table) : ComparisonReport.Write(table, target);

    private static string Run(RunRecord record, string target, bool json) => json ? RunJson.Write([record]) : HtmlReport.Write(record, target);
}
