using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>A list, or one item without the brackets.</summary>
internal sealed class OneOrMoreShape<T>(string label, Shape<T> item) : Shape<IReadOnlyList<T>>
{
    private readonly ListShape<T> _list = new(label, item);

    public override string Label => $"{item.Label}, or a list";

    public override IEnumerable<IShape> Parts => [item];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out IReadOnlyList<T> result)
    {
        if (value is YamlList) return _list.TryRead(value, reading, out result);
        bool read = item.TryRead(value, reading, out var one);
        result = read ? [one!] : null;
        return read;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => new()
    {
        ["anyOf"] = new JsonArray(item.Schema(definitions), _list.Schema(definitions)),
    };
}
