using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>A list. Items with problems are left out of the result.</summary>
internal sealed class ListShape<T>(string label, Shape<T> item, bool mayBeEmpty = false) : Shape<IReadOnlyList<T>>
{
    public override string Label => label;

    public override IEnumerable<IShape> Parts => [item];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out IReadOnlyList<T> result)
    {
        result = null;
        if (value is not YamlList list)
        {
            reading.Error(value, $"needs {label}, but there is {value.Kind}.");
            return false;
        }
        if (list.Items.Count == 0 && !mayBeEmpty) reading.Error(value, $"the list is empty; it needs {label}.");
        var items = new List<T>(list.Items.Count);
        foreach (var one in list.Items)
        {
            if (item.TryRead(one, reading, out var read)) items.Add(read);
        }
        result = items;
        return true;
    }

    public override JsonObject Schema(SchemaDefinitions definitions)
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = item.Schema(definitions) };
        if (!mayBeEmpty) schema["minItems"] = 1;
        return schema;
    }
}
