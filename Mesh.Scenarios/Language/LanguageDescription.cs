using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language;

/// <summary>The language described for editors and for people, from the sections that read it.</summary>
internal static class LanguageDescription
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON Schema, draft 2020-12.</summary>
    public static string JsonSchema() => SchemaDefinitions.Document(ScenarioSection.Root, "MeshLab scenario, version 1").ToJsonString(Indented);

    /// <summary>One table of keys for every section, in Markdown.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        foreach (var section in Sections())
        {
            text.Append($"### {section.Name}\n\n{section.Label}\n\n| key | value | meaning |\n|---|---|---|\n");
            foreach (var key in section.Keys)
            {
                text.Append($"| `{key.Name}`{(key.Required ? " (required)" : "")} | {Cell(key.Shape.Label)} | {Cell(key.Documentation)} |\n");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Every section, each once, in the order in which a reader of the file meets them.</summary>
    public static IReadOnlyList<ISection> Sections()
    {
        var found = new OrderedDictionary<string, ISection>(StringComparer.Ordinal);
        var seen = new HashSet<IShape>(ReferenceEqualityComparer.Instance);
        Visit(ScenarioSection.Root);
        return [.. found.Values];

        void Visit(IShape shape)
        {
            if (!seen.Add(shape)) return;
            if (shape is ISection section) found.TryAdd(section.Name, section);
            foreach (var part in shape.Parts) Visit(part);
        }
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
