using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>A mapping whose keys are names that the author chooses. The file's order is kept.</summary>
internal sealed class TableShape<T>(string label, Shape<string> name, Shape<T> item) : Shape<OrderedDictionary<string, T>>
{
    public override string Label => label;

    public override IEnumerable<IShape> Parts => [item];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out OrderedDictionary<string, T> result)
    {
        result = null;
        if (value is not YamlMap map)
        {
            reading.Error(value, $"needs {label}, but there is {value.Kind}.");
            return false;
        }
        result = new OrderedDictionary<string, T>(map.Entries.Count, StringComparer.Ordinal);
        foreach (var entry in map.Entries)
        {
            var key = new YamlScalar(entry.KeyPlace, entry.Key, isQuoted: true);
            if (name.TryRead(key, reading, out string? named) && item.TryRead(entry.Value, reading, out var read)) result[named] = read;
        }
        return true;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => new()
    {
        ["type"] = "object",
        ["propertyNames"] = name.Schema(definitions),
        ["additionalProperties"] = item.Schema(definitions),
    };
}
