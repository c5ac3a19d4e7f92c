using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>Reads scenarios given as text, under the file name <c>s.yaml</c>.</summary>
internal static class Reads
{
    /// <summary>The smallest scenario that is right; tests add to it, or set parts of it to other values.</summary>
    public const string Small = """
        version: 1
        duration: 60s
        warmup: 5s
        services:
          front:
            replicas: 2
            serviceTime: {mean: 4ms, p99: 15ms}
            endpoints:
              - path: /checkout
                calls: [{to: back, path: /pay}]
              - path: /home
          back:
            serviceTime: 5ms
            endpoints: [{path: /pay}, {path: /refund}]
        workload:
          - name: shoppers
            to: front
            mix: [{path: /checkout}, {path: /home}]
            rate: 100/s
        """;

    public static ScenarioFile Scenario(string text, params string[] sets)
    {
        var (file, problems) = Read(text, sets);
        Assert.True(file is not null, string.Join('\n', problems.All));
        return file!;
    }

    public static ScenarioFile SmallWith(params string[] sets) => Scenario(Small, sets);

    /// <summary>The errors of a scenario that must have some.</summary>
    public static string[] Errors(string text, params string[] sets)
    {
        var (file, problems) = Read(text, sets);
        Assert.Null(file);
        return [.. problems.Sorted().Where(problem => problem.Severity == Severity.Error).Select(problem => problem.ToString())];
    }

    public static string[] Warnings(string text, params string[] sets) => [.. Scenario(text, sets).Warnings.Select(problem => problem.ToString())];

    private static (ScenarioFile? File, Problems Problems) Read(string text, string[] sets)
    {
        var problems = new Problems();
        var overrides = sets.Select(set => Override.Parse(set, problems)!).ToList();
        return (ScenarioReader.ReadText(text, "s.yaml", overrides, problems), problems);
    }
}
