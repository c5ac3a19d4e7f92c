using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using NJsonSchema;

namespace Mesh.Scenarios.Tests.Language;

public sealed class SchemaTests
{
    public static TheoryData<string> Bundled => [.. Repository.Scenarios()];

    [Theory]
    [MemberData(nameof(Bundled))]
    public async Task Every_bundled_scenario_validates_against_the_schema(string file) =>
        Assert.Empty(await Violations(File.ReadAllText(Repository.Path(file))));

    [Fact]
    public async Task The_schema_accepts_what_the_reader_accepts() => Assert.Empty(await Violations(Complete.Text));

    [Theory]
    [InlineData("duration: 60s", "duration: 60")]
    [InlineData("duration: 60s", "duraton: 60s")]
    [InlineData("replicas: 2", "replicas: -2")]
    [InlineData("rate: 100/s", "rate: 100")]
    [InlineData("path: /home", "path: home")]
    [InlineData("{to: back, path: /pay}", "{path: /pay}")]
    public async Task The_schema_refuses_what_the_reader_refuses(string right, string wrong)
    {
        string text = Reads.Small.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEmpty(await Violations(text));
        Assert.NotEmpty(Reads.Errors(text));
    }

    [Fact]
    public void The_schema_knows_exactly_the_keys_that_the_reader_knows()
    {
        var schema = JsonNode.Parse(LanguageDescription.JsonSchema())!;
        var sections = LanguageDescription.Sections();
        Assert.Equal(sections.Select(section => section.Name).Where(name => name != "scenario").Order(), schema["$defs"]!.AsObject().Select(one => one.Key).Order());
        foreach (var section in sections)
        {
            var described = section.Name == "scenario" ? schema : schema["$defs"]![section.Name]!;
            Assert.Equal(section.Keys.Select(key => key.Name), described["properties"]!.AsObject().Select(one => one.Key));
            Assert.False((bool)described["additionalProperties"]!);
        }
    }

    [Fact]
    public void The_example_with_every_key_has_every_key()
    {
        var used = new HashSet<string>();
        Collect(ToJson(YamlTree.Parse(Complete.Text, "complete.yaml", new Problems())!), used);
        string[] known = [.. LanguageDescription.Sections().SelectMany(section => section.Keys).Select(key => key.Name).Distinct()];
        Assert.Empty(known.Except(used));
    }

    private static void Collect(JsonNode? node, HashSet<string> keys)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list) Collect(item, keys);
        }
        if (node is not JsonObject map) return;
        foreach (var (key, value) in map)
        {
            keys.Add(key);
            Collect(value, keys);
        }
    }

    private static async Task<string[]> Violations(string yaml)
    {
        // NJsonSchema finds definitions under the older name only.
        string older = LanguageDescription.JsonSchema().Replace("$defs", "definitions", StringComparison.Ordinal);
        var schema = await JsonSchema.FromJsonAsync(older);
        var problems = new Problems();
        var root = YamlTree.Parse(yaml, "s.yaml", problems);
        Assert.Empty(problems.All);
        return [.. schema.Validate(ToJson(root!)!.ToJsonString()).Select(error => error.ToString())];
    }

    /// <summary>YAML's core schema: plain scalars that look like numbers, booleans or null are.</summary>
    private static JsonNode? ToJson(YamlValue value) => value switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, ToJson(entry.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar { IsQuoted: false, Text: "true" or "false" } flag => JsonValue.Create(flag.Text == "true"),
        YamlScalar { IsQuoted: false } number when long.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
        YamlScalar { IsQuoted: false } number when double.TryParse(number.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => JsonValue.Create(real),
        YamlScalar scalar => JsonValue.Create(scalar.Text),
        _ => throw new JsonException(),
    };
}
