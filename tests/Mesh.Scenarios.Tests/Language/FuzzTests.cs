using CsCheck;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>Whatever is in a file, it is either a scenario or has at least one error; nothing throws.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Fragments = ["", " ", "\n", ":", "-", "{", "}", "[", "]", "0", "-1", "null", "~", "&a", "*a", "99999999999999999999", "1e400", "ms", "%", "\t", "\"", "'", "#", "to: a", "é"];

    private static readonly Gen<(int At, int Length, int Fragment)> Edit = Gen.Select(Gen.Int[0, Complete.Text.Length - 1], Gen.Int[0, 12], Gen.Int[0, Fragments.Length - 1]);

    [Fact]
    public void A_damaged_scenario_never_throws() => Edit.Array[1, 4].Sample(edits => Check(edits.Aggregate(Complete.Text, Apply), ScenarioReader.ReadTree), iter: 3000);

    [Fact]
    public void A_damaged_service_graph_never_throws()
    {
        const string Graph = """
            defaults: {requestSize: 1 KB, responseSize: 16KiB, numReplicas: 2, errorRate: 0.1%, script: [{sleep: 1ms}]}
            services:
            - {name: a, errorRate: 0.25, namespace: shop, labels: {tier: gold}, cluster: c1}
            - name: c
              isEntrypoint: true
              script: [{sleep: 10ms}, [{call: a}, {call: {service: a, size: 128, probability: 30, extra-header: {x-user: ann}}}]]
            """;
        Edit.Array[1, 3].Sample(edits => Check(edits.Aggregate(Graph, Apply), (root, file, _, problems) =>
            !IsotopeImport.Recognises(root) ? ScenarioReader.ReadTree(root, file, [], problems)
            : IsotopeImport.Import(root, "g", new ImportOptions(), problems) is { } imported ? ScenarioReader.ReadTree(imported.Scenario, file, [], problems) : null), iter: 2000);
    }

    private static string Apply(string text, (int At, int Length, int Fragment) edit)
    {
        int at = Math.Min(edit.At % Math.Max(1, text.Length), text.Length);
        return text.Remove(at, Math.Min(edit.Length, text.Length - at)).Insert(at, Fragments[edit.Fragment]);
    }

    private static bool Check(string text, Func<YamlValue, string, IReadOnlyList<Override>, Problems, ScenarioFile?> read)
    {
        var problems = new Problems();
        var root = YamlTree.Parse(text, "s.yaml", problems);
        var file = root is null ? null : read(root, "s.yaml", [], problems);
        return file is null == problems.HasErrors;
    }
}
