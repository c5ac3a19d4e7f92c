using System.Text.RegularExpressions;
using Mesh.Scenarios.Tests.Cli;
using Mesh.Scenarios.Tests.Running;

namespace Mesh.Scenarios.Tests;

/// <summary>What the documents say is true: their commands run, their links lead somewhere, their names exist.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Documents => [.. Directory
        .EnumerateFiles(Repository.Path("."), "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Repository.Path("."), file))
        .Where(file => !file.Contains("/bin/", StringComparison.Ordinal) && !file.Contains("/obj/", StringComparison.Ordinal) && !file.StartsWith('.'))];

    [Fact]
    public void Every_command_in_the_README_ends_with_the_exit_code_that_it_documents()
    {
        using var meshlab = new MeshLab();
        CopyScenarios(meshlab.File("scenarios"));
        string[] commands = [.. Shell().Matches(File.ReadAllText(Repository.Path("README.md"))).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        var ran = commands.Where(command => !command.StartsWith("dotnet test", StringComparison.Ordinal)   // this is it
            && !command.Contains(" --live", StringComparison.Ordinal)).ToList();                             // a busy machine's time-outs are no fault of the README

        Assert.True(ran.Count >= 10);
        foreach (string command in ran)
        {
            int expected = ExitCode().Match(command) is { Success: true } match ? int.Parse(match.Groups[1].Value) : 0;
            string[] words = command.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] arguments = words[0] == "dotnet" ? words[(Array.IndexOf(words, "--") + 1)..] : words[1..];
            if (Array.IndexOf(arguments, "--for") is >= 0 and var time) arguments[time + 1] = "2s";   // a reader's patience is longer than a test's
            using var process = MeshLabProcess.StartIn(meshlab.File("."), arguments);
            var (code, output, error) = process.End();
            Assert.True(code == expected, $"'{command}' ended with {code}:\n{error}{output}");
        }
    }

    [Fact]
    public void The_scenario_in_the_README_is_part_of_the_quickstart()
    {
        string snippet = Yaml().Match(File.ReadAllText(Repository.Path("README.md"))).Groups[1].Value;
        Assert.Contains(snippet, File.ReadAllText(Repository.Path("scenarios/quickstart.yaml")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_to_files_that_are_there(string document)
    {
        string folder = Path.GetDirectoryName(Repository.Path(document))!;
        foreach (Match link in Link().Matches(File.ReadAllText(Repository.Path(document))))
        {
            string target = link.Groups[1].Value.Split('#')[0];
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
            Assert.True(Path.Exists(Path.Combine(folder, target)), $"{document} links to {target}, which is not there");
        }
    }

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/determinism.md")]
    public void Types_and_folders_that_a_document_names_exist(string document)
    {
        var declared = Directory.EnumerateFiles(Repository.Path("."), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Declaration().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value))
            .Concat(Directory.EnumerateDirectories(Repository.Path("."), "*", SearchOption.AllDirectories).Select(folder => Path.GetFileName(folder)))
            .Concat(FrameworkTypes)
            .ToHashSet(StringComparer.Ordinal);
        var named = TypeName().Matches(File.ReadAllText(Repository.Path(document))).Select(m => m.Groups[1].Value).Distinct().ToList();

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(declared.Contains(name), $"{document} names {name}, which does not exist"));
    }

    /// <summary>Names in the documents that are not ours.</summary>
    private static readonly string[] FrameworkTypes = ["TimeProvider", "SynchronizationContext", "Stopwatch", "HashCode", "ResilienceContext", "Random", "Guid", "Task", "Thread", "Mesh", "Ask", "Tell"];

    private static void CopyScenarios(string folder)
    {
        string scenarios = Repository.Path("scenarios");
        foreach (string file in Directory.EnumerateFiles(scenarios, "*.yaml", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(scenarios, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shell();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    [GeneratedRegex("# exit code ([0-9]+)")]
    private static partial Regex ExitCode();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([A-Z][a-z]+[A-Za-z]*)(?:\.[A-Z][A-Za-z]*)?`")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum)\s+(?:struct\s+)?([A-Z]\w*)")]
    private static partial Regex Declaration();
}
