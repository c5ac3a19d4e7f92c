using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>Keeps run records in files: JSON, compressed with gzip, histograms in their packed form.</summary>
public static class RunRecordStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Writes <paramref name="record"/> to <paramref name="path"/>, over what was there. The usual ending is <c>.meshrun</c>.</summary>
    public static void Save(RunRecord record, string path) => Write(record, path);

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">The file is no run record of a known schema; the message names the file and what is wrong.</exception>
    public static RunRecord Load(string path) => Read<RunRecord>(path, "run record", record => record.Schema, RunRecord.CurrentSchema);

    internal static void Write<T>(T record, string path)
    {
        using var file = File.Create(path);
        using var zip = new GZipStream(file, CompressionLevel.Fastest);
        JsonSerializer.Serialize(zip, record, Json);
    }

    internal static T Read<T>(string path, string what, Func<T, string> schemaOf, string known) where T : class
    {
        try
        {
            using var file = File.OpenRead(path);
            using var zip = new GZipStream(file, CompressionMode.Decompress);
            var record = JsonSerializer.Deserialize<T>(zip, Json) ?? throw new InvalidDataException("it is empty");
            if (schemaOf(record) != known) throw new InvalidDataException($"its schema is '{schemaOf(record)}'; this version reads '{known}'");
            return record;
        }
        catch (Exception error) when (error is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not a {what}: {error.Message}", error);
        }
    }
}
