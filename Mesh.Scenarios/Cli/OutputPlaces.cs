using Mesh.Scenarios.Language;

namespace Mesh.Scenarios.Cli;

/// <summary>Where <c>run</c> writes its results.</summary>
internal static class OutputPlaces
{
    /// <summary>The directory of a scenario's report; <c>null</c> when none is wanted.</summary>
    public static string? Report(RunSettings settings, ScenarioFile scenario) =>
        settings.NoReport ? null
        : settings.ReportDirectory is not { } chosen ? Path.Combine("reports", scenario.Name)
        : settings.Files.Count == 1 ? chosen
        : Path.Combine(chosen, scenario.Name);

    /// <summary>Makes the directories of all results that the arguments ask for.</summary>
    /// <exception cref="InputException">One cannot be made.</exception>
    public static void Prepare(RunSettings settings, ScenarioFile scenario)
    {
        Prepare("--report", Report(settings, scenario));
        Prepare("--junit", Path.GetDirectoryName(settings.JUnitFile));
        Prepare("--markdown", Path.GetDirectoryName(settings.MarkdownFile));
        Prepare("--trace", Path.GetDirectoryName(settings.TraceFile));
    }

    /// <summary>Makes the directory that an option names; nothing where none is wanted.</summary>
    /// <exception cref="InputException">It cannot be made.</exception>
    public static void Prepare(string option, string? directory)
    {
        if (string.IsNullOrEmpty(directory)) return;
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{option}: the directory '{directory}' cannot be made ({error.Message}); name another place.");
        }
    }
}
