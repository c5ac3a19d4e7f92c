using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>A short form (a single value) or a long form (a mapping).</summary>
internal sealed class EitherShape<T>(Shape<T> shortForm, Shape<T> longForm) : Shape<T>
{
    public override string Label => $"{shortForm.Label}, or {longForm.Label}";

    public override IEnumerable<IShape> Parts => [shortForm, longForm];

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result)
    {
        if (value is YamlMap) return longForm.TryRead(value, reading, out result);
        if (value is YamlScalar { IsNull: false }) return shortForm.TryRead(value, reading, out result);
        result = default;
        reading.Error(value, $"needs {Label}, but there is {value.Kind}.");
        return false;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => new()
    {
        ["anyOf"] = new JsonArray(shortForm.Schema(definitions), longForm.Schema(definitions)),
    };
}

/// <summary>One of several mappings, told apart by a key that only one of them has; the last is taken when none of the keys is there.</summary>
internal sealed class UnionShape<T>(string label, params IReadOnlyList<(string Key, Shape<T> Shape)> cases) : Shape<T>
{
    public override string Label => label;

    public override IEnumerable<IShape> Parts => cases.Select(one => one.Shape);

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result)
    {
        result = default;
        if (value is not YamlMap map)
        {
            reading.Error(value, $"needs {label}, but there is {value.Kind}.");
            return false;
        }
        foreach (var (key, shape) in cases)
        {
            if (map.Find(key) is not null) return shape.TryRead(value, reading, out result);
        }
        string given = map.Entries.Count == 0 ? "" : $", but has only {string.Join(", ", map.Entries.Select(entry => $"'{entry.Key}'"))}";
        reading.Error(value, $"needs one of the keys {string.Join(", ", cases.Select(one => $"'{one.Key}'"))}{given}.");
        return false;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => new()
    {
        ["anyOf"] = new JsonArray([.. cases.Select(one => one.Shape.Schema(definitions))]),
    };
}
