using System.Text;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Language;

public sealed class FileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshlab-files");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_missing_file_is_told_with_the_nearest_name()
    {
        Write("quickstart.yaml", "x");
        Assert.EndsWith("there is no such file. Did you mean 'quickstart.yaml'?", Refusal("quikstart.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_refused() => Assert.Contains("the file is empty", Refusal(Write("e.yaml", " \n")), StringComparison.Ordinal);

    [Fact]
    public void A_directory_is_refused() => Assert.Contains("this is a directory", Refusal("."), StringComparison.Ordinal);

    [Theory]
    [InlineData(new byte[] { 0x7F, 0x45, 0x4C, 0x46, 0, 1 })]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00 })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    public void A_binary_file_is_refused(byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(_directory.FullName, "b.yaml"), bytes);
        Assert.Contains("this is not a text file; a scenario is YAML in UTF-8.", Refusal("b.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_that_would_expand_without_end_are_refused()
    {
        var bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (char c = 'b'; c < 'k'; c++) bomb.Append(c).Append(": &").Append(c).Append(" [").AppendJoin(", ", Enumerable.Repeat("*" + (char)(c - 1), 10)).Append("]\n");
        Assert.Contains("aliases make this file larger than", Refusal(Write("bomb.yaml", bomb.ToString())), StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Contains("nested deeper than", Refusal(Write("deep.yaml", new string('[', 5000) + new string(']', 5000))), StringComparison.Ordinal);

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(_directory.FullName, name), text);
        return name;
    }

    private string Refusal(string name)
    {
        var problems = new Problems();
        Assert.Null(ScenarioReader.Read(Path.Combine(_directory.FullName, name), [], problems));
        return Assert.Single(problems.All).ToString();
    }
}
