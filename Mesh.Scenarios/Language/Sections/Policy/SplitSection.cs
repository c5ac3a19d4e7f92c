using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Shares by version: weights by name, or a mapping with <c>weights</c> and what else there is to say.</summary>
internal static class SplitSection
{
    private static readonly Shape<double> Weight = new ScalarShape<double>("a weight such as 95", """{"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?%?$"}""", ParseWeight);

    private static readonly Shape<SplitConfig> Weights = new TableShape<double>("weights by version such as {v1: 95, v2: 5}", Values.Name, Weight)
        .Then((weights, value, reading) => Check(new SplitConfig { Weights = [.. weights] }, value, reading));

    private static readonly Section<SplitConfig> Long = new("split", "a split such as {weights: {v1: 95, v2: 5}, stickyHeader: x-user}", () => new SplitConfig())
    {
        { "weights", Weights, (split, value) => split with { Weights = value.Weights }, "Weights by version or subset, relative to their sum; 0 gets none.", Presence.Required },
        { "stickyHeader", Values.Name, (split, value) => split with { StickyHeader = value }, "The header whose value decides instead of a draw, so that a session stays with its version. Default none." },
    };

    /// <summary>Shares by version.</summary>
    public static readonly Shape<SplitConfig> Split = new SplitShape();

    private static string? ParseWeight(string text, out double value) =>
        double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value <= 1e9 ? null
            : $"'{text}' is not a weight; write a number of 0 or more, such as 95.";

    private static SplitConfig Check(SplitConfig split, YamlValue value, Reading reading)
    {
        if (split.Weights.All(weight => weight.Value == 0)) reading.Error(value, "all weights are 0; at least one version must get requests.");
        return split;
    }

    private sealed class SplitShape : Shape<SplitConfig>
    {
        public override string Label => Weights.Label;

        public override IEnumerable<IShape> Parts => [Weights, Long];

        public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out SplitConfig result) =>
            value is YamlMap map && map.Find("weights")?.Value is YamlMap ? Long.TryRead(value, reading, out result) : Weights.TryRead(value, reading, out result);

        public override JsonObject Schema(SchemaDefinitions definitions) => new()
        {
            ["anyOf"] = new JsonArray(Long.Schema(definitions), Weights.Schema(definitions)),
        };
    }
}
