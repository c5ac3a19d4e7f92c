using System.Text.RegularExpressions;
using Mesh.Scenarios.Expectations;
using Mesh.Scenarios.Language;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>The documentation says what the language is. After a change: <c>meshlab schema --markdown</c> prints the tables.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Document = File.ReadAllText(Repository.Path("docs/scenario-language.md"));

    [Fact]
    public void The_tables_of_keys_are_those_of_the_reader()
    {
        int start = Document.IndexOf("## Every key\n", StringComparison.Ordinal) + "## Every key\n\n".Length;
        Assert.Equal(LanguageDescription.Markdown().TrimEnd(), Document[start..].TrimEnd());
    }

    [Fact]
    public void Every_metric_is_documented() =>
        Assert.All(Metric.All, metric => Assert.Contains($"| `{metric.Name}` | {metric.Meaning} |", Document, StringComparison.Ordinal));

    [Fact]
    public void The_example_is_right()
    {
        var example = Yaml().Match(Document);
        Assert.Equal(2, Reads.Scenario(example.Groups[1].Value).Expectations.Count);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
