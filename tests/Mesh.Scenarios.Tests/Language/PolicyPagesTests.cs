using System.Text.RegularExpressions;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>The pages of docs/policies speak the language.</summary>
public sealed partial class PolicyPagesTests
{
    /// <summary>A scenario with what the pages speak of; the fragment is the policy of its payments.</summary>
    private const string Mesh = """
        version: 1
        duration: 60s
        warmup: 5s
        zones: [a, b, c, d]
        services:
          cart: {endpoints: [{path: /, calls: [{to: payments, path: /pay}]}]}
          payments: {labels: {tier: gold}, versions: {v1: {replicas: 2}, v2: {}}}
        workload:
          - {to: cart, rate: 100/s}
        mesh:
          services:
            payments:

        """;

    private static readonly HashSet<string> Keys = [.. KeysOf(PolicySection.Policy, "")];

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Repository.Path("docs/policies"), "*.md").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_fragment_of_policy_is_right(string page)
    {
        foreach (Match block in Yaml().Matches(Text(page)))
        {
            string fragment = block.Groups[1].Value;
            if (Keys.Contains(FirstKey().Match(fragment).Groups[1].Value))
                Reads.Scenario(Mesh + string.Join('\n', fragment.TrimEnd().Split('\n').Select(line => "      " + line)) + "\n");
        }
    }

    public static TheoryData<string> Scenarios => [.. Directory.EnumerateFiles(Repository.Path("docs/policies/scenarios"), "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>Scenarios made for a page's picture; the page names its own.</summary>
    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_scenario_of_a_picture_is_right(string file)
    {
        Reads.Scenario(File.ReadAllText(Repository.Path($"docs/policies/scenarios/{file}")));
        Assert.Contains($"(scenarios/{file})", Text(Path.ChangeExtension(file, ".md")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_page_has_its_picture(string page) =>
        Assert.True(page == "README.md" || Text(page).Contains($"(pictures/{Path.ChangeExtension(page, ".png")})", StringComparison.Ordinal), page);

    /// <summary>A row of a table of settings begins with the key's path; keys of other sections are not looked at.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_setting_exists(string page)
    {
        var named = Setting().Matches(Text(page)).Select(row => row.Groups[1].Value).Where(key => Keys.Contains(key.Split('.')[0]));
        Assert.All(named, key => Assert.Contains(key.Replace(".NAME", "", StringComparison.Ordinal), Keys));
    }

    private static string Text(string page) => File.ReadAllText(Repository.Path($"docs/policies/{page}"));

    private static IEnumerable<string> KeysOf(ISection section, string prefix) =>
        section.Keys.SelectMany(key => SectionsIn(key.Shape).SelectMany(inner => inner == section || prefix.Length > 60 ? [] : KeysOf(inner, $"{prefix}{key.Name}.")).Prepend(prefix + key.Name));

    private static IEnumerable<ISection> SectionsIn(IShape shape) => shape is ISection section ? [section] : shape.Parts.SelectMany(SectionsIn);

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex(@"^\| `([a-zA-Z0-9.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex("^([a-zA-Z]+):", RegexOptions.Multiline)]
    private static partial Regex FirstKey();
}
