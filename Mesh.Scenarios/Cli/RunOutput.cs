using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary>A run and where its report stands.</summary>
/// <param name="Record">What it showed.</param>
/// <param name="Page">The report's page; <c>null</c> when none was asked for.</param>
internal sealed record FinishedRun(RunRecord Record, string? Page);

/// <summary>What a command leaves behind: a summary for people, or one JSON document; and a JUnit file.</summary>
internal static class RunOutput
{
    public static void Write(IReadOnlyList<FinishedRun> runs, RunSettings settings, Terminal terminal)
    {
        if (settings.JUnitFile is { } junit) JUnitXml.Save([.. runs.Select(run => run.Record)], junit);
        if (settings.Json) terminal.Output.WriteLine(Json(runs));
        else if (!settings.Quiet) runs.ToList().ForEach(run => RunView.Write(terminal, run));
    }

    // One run is an object, several are a list of them: one document either way.
    private static string Json(IReadOnlyList<FinishedRun> runs) =>
        runs.Count == 1 ? RunJson.Write(runs[0].Record) : $"[{string.Join(",\n", runs.Select(run => RunJson.Write(run.Record)))}]";
}
