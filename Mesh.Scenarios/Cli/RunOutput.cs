using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary>A run and where its report stands.</summary>
/// <param name="Record">What it showed.</param>
/// <param name="Page">The report's page; <c>null</c> when none was asked for.</param>
internal sealed record FinishedRun(RunRecord Record, string? Page);

/// <summary>What a command leaves behind: a summary for people, or one JSON document; a JUnit file, a page of Markdown.</summary>
internal static class RunOutput
{
    public static void Write(IReadOnlyList<FinishedRun> runs, RunSettings settings, Terminal terminal)
    {
        if (settings.JUnitFile is { } junit) JUnitXml.Save([.. runs.Select(run => run.Record)], junit);
        if (settings.MarkdownFile is { } markdown) File.WriteAllText(markdown, string.Join('\n', runs.Select(run => RunMarkdown.Write(run.Record))));
        if (settings.Json) terminal.Output.WriteLine(RunJson.Write([.. runs.Select(run => run.Record)]));
        else if (!settings.Quiet) runs.ToList().ForEach(run => RunView.Write(terminal, run));
    }
}
