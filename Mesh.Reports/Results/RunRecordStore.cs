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
    public static void Save(RunRecord record, string path)
    {
        using var file = File.Create(path);
        using var zip = new GZipStream(file, CompressionLevel.Fastest);
        JsonSerializer.Serialize(zip, record, Json);
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">The file is no run record of a known schema; the message names the file and what is wrong.</exception>
    public static RunRecord Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var zip = new GZipStream(file, CompressionMode.Decompress);
            var record = JsonSerializer.Deserialize<RunRecord>(zip, Json) ?? throw new InvalidDataException("it is empty");
            if (record.Schema != RunRecord.CurrentSchema)
                throw new InvalidDataException($"its schema is '{record.Schema}'; this version reads '{RunRecord.CurrentSchema}'");
            return record;
        }
        catch (Exception error) when (error is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: not a run record: {error.Message}", error);
        }
    }
}
