using System.Text.Json.Nodes;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>The JSON Schema of a section and, under <c>$defs</c>, of every section below it. Draft 2020-12.</summary>
internal sealed class SchemaDefinitions
{
    private readonly JsonObject _definitions = [];

    /// <summary>The schema of a whole document.</summary>
    public static JsonObject Document(ISection root, string title)
    {
        var definitions = new SchemaDefinitions();
        var document = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach (var (name, value) in definitions.Describe(root).ToList()) document[name] = value?.DeepClone();
        document["$defs"] = definitions._definitions;
        return document;
    }

    /// <summary>A reference to a section, which is defined when it is met first.</summary>
    public JsonObject Reference(ISection section)
    {
        if (!_definitions.ContainsKey(section.Name))
        {
            _definitions[section.Name] = null;
            _definitions[section.Name] = Describe(section);
        }
        return new JsonObject { ["$ref"] = $"#/$defs/{section.Name}" };
    }

    private JsonObject Describe(ISection section)
    {
        var properties = new JsonObject();
        foreach (var key in section.Keys)
        {
            var schema = key.Shape.Schema(this);
            schema["description"] = key.Documentation;
            properties[key.Name] = schema;
        }
        var described = new JsonObject
        {
            ["type"] = "object",
            ["description"] = section.Label,
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
        var required = section.Keys.Where(key => key.Required).Select(key => (JsonNode?)key.Name).ToArray();
        if (required.Length > 0) described["required"] = new JsonArray(required);
        return described;
    }
}
