using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>Parses a scalar's text; the answer is what is wrong with it, or <c>null</c>.</summary>
internal delegate string? ScalarParser<T>(string text, out T value);

/// <summary>A single value, parsed from its text.</summary>
/// <param name="label">What it is, with an example.</param>
/// <param name="schema">Its JSON Schema, as JSON.</param>
/// <param name="parse">Parses it.</param>
/// <param name="verbatim">Whether spaces and line ends around it belong to it.</param>
internal sealed class ScalarShape<T>(string label, string schema, ScalarParser<T> parse, bool verbatim = false) : Shape<T>
{
    public override string Label => label;

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result)
    {
        result = default;
        if (value is not YamlScalar scalar || scalar.IsNull)
        {
            reading.Error(value, $"needs {label}, but there is {value.Kind}.");
            return false;
        }
        if (parse(verbatim ? scalar.Text : scalar.Text.Trim(), out result) is not { } problem) return true;
        reading.Error(value, problem);
        return false;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => JsonNode.Parse(schema)!.AsObject();
}
