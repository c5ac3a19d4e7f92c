using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Writes a tree as YAML for people: short values on one line, the rest as blocks.</summary>
internal static partial class YamlWriter
{
    private const int LineLength = 120;

    /// <summary>The document, after the comment lines.</summary>
    public static string Write(YamlMap root, IEnumerable<string> comments)
    {
        var text = new StringBuilder();
        foreach (string comment in comments) text.Append("# ").Append(comment).Append('\n');
        WriteEntries(text, root, 0);
        return text.ToString();
    }

    private static void WriteEntries(StringBuilder text, YamlMap map, int indent)
    {
        for (int i = 0; i < map.Entries.Count; i++)
        {
            if (i > 0) text.Append(' ', indent);
            text.Append(Scalar(map.Entries[i].Key)).Append(':');
            WriteValue(text, map.Entries[i].Value, indent);
        }
    }

    private static void WriteValue(StringBuilder text, YamlValue value, int indent)
    {
        if (OnOneLine(value, LineLength - indent) is { } line)
        {
            text.Append(' ').Append(line).Append('\n');
        }
        else if (value is YamlMap map)
        {
            text.Append('\n').Append(' ', indent + 2);
            WriteEntries(text, map, indent + 2);
        }
        else
        {
            text.Append('\n');
            foreach (var item in ((YamlList)value).Items) WriteItem(text, item, indent + 2);
        }
    }

    private static void WriteItem(StringBuilder text, YamlValue item, int indent)
    {
        text.Append(' ', indent).Append('-');
        if (item is YamlMap map && OnOneLine(item, LineLength - indent) is null)
        {
            text.Append(' ');
            WriteEntries(text, map, indent + 2);
        }
        else
        {
            WriteValue(text, item, indent);
        }
    }

    /// <summary>The value in flow style, or <c>null</c> when it is longer than the room, or holds too much to be read so.</summary>
    private static string? OnOneLine(YamlValue value, int room)
    {
        if (Depth(value) > 2) return null;
        string text = Flow(value);
        return text.Length <= room ? text : value is YamlScalar ? text : null;
    }

    private static string Flow(YamlValue value) => value switch
    {
        YamlMap map => "{" + string.Join(", ", map.Entries.Select(entry => $"{Scalar(entry.Key)}: {Flow(entry.Value)}")) + "}",
        YamlList list => "[" + string.Join(", ", list.Items.Select(Flow)) + "]",
        YamlScalar scalar => Scalar(scalar.Text),
        _ => "",
    };

    private static int Depth(YamlValue value) => value switch
    {
        YamlMap map => 1 + map.Entries.Select(entry => Depth(entry.Value)).DefaultIfEmpty(0).Max(),
        YamlList list => 1 + list.Items.Select(Depth).DefaultIfEmpty(0).Max(),
        _ => 0,
    };

    // JSON's strings are YAML's double-quoted ones.
    private static string Scalar(string text) => Plain().IsMatch(text) && text is not ("null" or "~") ? text : JsonSerializer.Serialize(text);

    [GeneratedRegex(@"^[A-Za-z0-9/_.]([A-Za-z0-9/_.%+ ()-]*[A-Za-z0-9/_.%+()-])?$")]
    private static partial Regex Plain();
}
