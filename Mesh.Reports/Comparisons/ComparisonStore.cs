using Mesh.Reports.Results;

namespace Mesh.Reports.Comparisons;

/// <summary>Keeps comparisons in files, in the form of <see cref="RunRecordStore"/>.</summary>
public static class ComparisonStore
{
    /// <summary>The usual name of the file.</summary>
    public const string FileName = "compare.meshcmp";

    /// <summary>Writes <paramref name="record"/> to <paramref name="path"/>, over what was there.</summary>
    public static void Save(ComparisonRecord record, string path) => RunRecordStore.Write(record, path);

    /// <summary>Reads a comparison.</summary>
    /// <exception cref="InvalidDataException">The file is no comparison of a known schema; the message names the file and what is wrong.</exception>
    public static ComparisonRecord Load(string path) =>
        RunRecordStore.Read<ComparisonRecord>(path, "comparison", record => record.Schema, ComparisonRecord.CurrentSchema);
}
