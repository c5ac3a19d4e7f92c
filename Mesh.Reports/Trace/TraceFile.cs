using System.Globalization;
using System.Numerics;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Trace;

/// <summary>Reads trace files.</summary>
public static class TraceFile
{
    private const int HashedColumns = 9;

    /// <summary>The trace hash of the run that wrote the file, recomputed from its lines.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message begins with <c>file:line</c> and says what was expected.</exception>
    public static string Hash(string path)
    {
        using var reader = new StreamReader(path);
        int number = 1;
        if (reader.ReadLine() != TraceWriter.Header)
            throw Damage(path, number, "the first line is not a trace's header; it begins with: sequence, tick, proxy, request");

        var hasher = new TraceHasher();
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.StartsWith(TraceWriter.EndMark, StringComparison.Ordinal)) return End(path, number, line, reader, hasher);
            AppendLine(path, number, line, hasher);
        }
        throw Damage(path, number, $"the file ends after {hasher.Decisions} decisions without its last line '{TraceWriter.EndMark}N': it was cut off");
    }

    private static string End(string path, int number, string line, StreamReader reader, TraceHasher hasher)
    {
        string given = line[TraceWriter.EndMark.Length..];
        if (given != hasher.Decisions.ToString(CultureInfo.InvariantCulture))
            throw Damage(path, number, $"the last line says {given} decisions, the file holds {hasher.Decisions}");
        if (reader.ReadLine() is not null) throw Damage(path, number + 1, "there is something after the last line");
        return hasher.Hash();
    }

    private static void AppendLine(string path, int number, string line, TraceHasher hasher)
    {
        string[] columns = line.Split('\t', HashedColumns + 1);
        if (columns.Length <= HashedColumns) throw Damage(path, number, $"the line has {columns.Length} columns; a trace has 15, separated by tabs");

        if (Number<long>(0) != hasher.Decisions) throw Damage(path, number, $"column sequence: '{columns[0]}' should be {hasher.Decisions}: a line is missing or doubled");
        var flags = columns[8] == "-" ? ResponseFlags.None : Named<ResponseFlags>(8);
        hasher.Append(Number<long>(1), Number<int>(2), Request(), Number<int>(4), Named<MeshEventKind>(5), Number<int>(6), Number<int>(7), flags);

        T Number<T>(int column) where T : struct, IBinaryInteger<T> =>
            T.TryParse(columns[column], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong(column, "whole number in range");

        T Named<T>(int column) where T : struct, Enum => Enum.TryParse<T>(columns[column], out var value) ? value : throw Wrong(column, typeof(T).Name);

        ulong Request() => ulong.TryParse(columns[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong key)
            ? key
            : throw Wrong(3, "hexadecimal number of 64 bits");

        InvalidDataException Wrong(int column, string rule) => Damage(path, number, $"column {TraceWriter.Header.Split('\t')[column]}: '{columns[column]}' is no {rule}");
    }

    private static InvalidDataException Damage(string path, int line, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}:{line}: {what}"));
}
