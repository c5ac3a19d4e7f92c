using System.CommandLine;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab report FILE</c>: renders a stored run again.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("RUN") { Description = $"A stored run: {HtmlReport.RecordName}, beside its report." };
        var directory = new Option<string>("--report") { Description = "Where the report goes. Default: beside the stored run." };
        var json = new Option<bool>("--json") { Description = "Prints the run's JSON document instead." };
        var command = new Command("report", "Render a stored run again.") { file, directory, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            var record = Load(path);
            if (parsed.GetValue(json))
            {
                terminal.Output.WriteLine(RunJson.Write([record]));
                return;
            }
            string target = parsed.GetValue(directory) ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
            terminal.Output.WriteLine(HtmlReport.Write(record, target));
        });
        return command;
    }

    private static RunRecord Load(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, HtmlReport.RecordName);
        if (!File.Exists(path)) throw new InputException($"{path}: there is no such file; a run is stored as '{HtmlReport.RecordName}' beside its report.");
        try
        {
            return RunRecordStore.Load(path);
        }
        catch (InvalidDataException error)
        {
            throw new InputException(error.Message);
        }
    }
}
