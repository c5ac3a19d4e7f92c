using Mesh.Reports.Comparisons;
using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary>Stored runs and comparisons, as users name them: the file, or the directory of its report.</summary>
internal static class StoredRun
{
    /// <summary>The file that is meant.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static string Find(string path)
    {
        if (Directory.Exists(path))
        {
            string comparison = Path.Combine(path, ComparisonStore.FileName);
            path = File.Exists(comparison) ? comparison : Path.Combine(path, HtmlReport.RecordName);
        }
        return File.Exists(path) ? path
            : throw new InputException($"{path}: there is no such file; a run is stored as '{HtmlReport.RecordName}' beside its report, a comparison as '{ComparisonStore.FileName}'.");
    }

    /// <summary>Whether the file holds a comparison, by its name.</summary>
    public static bool IsComparison(string path) => Path.GetExtension(path) == Path.GetExtension(ComparisonStore.FileName);

    /// <summary>The run in the file.</summary>
    /// <exception cref="InputException">It holds none.</exception>
    public static RunRecord Load(string path) => Read(() => RunRecordStore.Load(path));

    /// <summary>The comparison in the file.</summary>
    /// <exception cref="InputException">It holds none.</exception>
    public static ComparisonRecord LoadComparison(string path) => Read(() => ComparisonStore.Load(path));

    private static T Read<T>(Func<T> load)
    {
        try
        {
            return load();
        }
        catch (InvalidDataException error)
        {
            throw new InputException(error.Message);
        }
    }
}
