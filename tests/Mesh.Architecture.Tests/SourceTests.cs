namespace Mesh.Architecture.Tests;

public class SourceTests
{
    /// <summary>A ratchet, to be lowered when the largest file is: a file above it has two subjects.</summary>
    private const int MostLines = 400;

    [Fact]
    public void No_product_file_is_longer_than_the_ratchet()
    {
        var tooLong = ProductSources()
            .Select(path => (Path: House.Relative(path), Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > MostLines)
            .Select(file => $"{file.Path} has {file.Lines} lines");
        Assert.Empty(tooLong);
    }

    [Theory]
    [InlineData("#pragma warning")]
    [InlineData("SuppressMessage")]
    [InlineData("#nullable disable")]
    public void No_product_file_silences_the_compiler(string silencer)
    {
        var silent = ProductSources().Where(path => File.ReadAllText(path).Contains(silencer, StringComparison.Ordinal)).Select(House.Relative);
        Assert.Empty(silent);
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        var strays = ProductSources()
            .Select(path => (Path: House.Relative(path), Declared: Namespace(path)))
            .Where(file => file.Declared is not null && file.Declared != Path.GetDirectoryName(file.Path)!.Replace('/', '.').Replace('\\', '.'))
            .Select(file => $"{file.Path} declares {file.Declared}");
        Assert.Empty(strays);
    }

    private static IEnumerable<string> ProductSources() => House.Rooms.Keys.SelectMany(House.Sources);

    private static string? Namespace(string path) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))?["namespace ".Length..].TrimEnd(';', ' ', '{');
}
