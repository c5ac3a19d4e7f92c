namespace Mesh.Architecture.Tests;

/// <summary>A misspelt line in BannedSymbols.txt bans nothing, and nobody is told. So each must name a symbol that exists.</summary>
public class BannedSymbolTests
{
    private static readonly string[] Banned =
        [.. File.ReadLines(Path.Combine(House.Root, "BannedSymbols.txt")).Where(line => line.Length > 0)];

    public static TheoryData<string> Lines => [.. Banned];

    [Theory]
    [MemberData(nameof(Lines))]
    public void Banned_symbol_exists_and_its_remedy_is_named(string line)
    {
        string[] parts = line.Split(';', 2);
        Assert.True(DocumentationId.Exists(parts[0]), $"{parts[0]} names no symbol, so it bans nothing.");
        Assert.True(parts.Length == 2 && parts[1].EndsWith('.'), $"{parts[0]} has no remedy.");
    }

    [Theory]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("P:System.Random.Shared")]
    [InlineData("M:System.Random.#ctor")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("M:System.Threading.Tasks.Task.Run(System.Action)")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int32)")]
    [InlineData("P:System.Environment.TickCount64")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.TimeSpan)")]
    [InlineData("M:System.String.GetHashCode")]
    public void What_would_break_repetition_is_banned(string symbol) =>
        Assert.Contains(Banned, line => line.StartsWith($"{symbol};", StringComparison.Ordinal));

    [Theory]
    [InlineData("T:System.Diagnostics.StopWatch")]
    [InlineData("P:System.DateTime.UtcNoww")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int64)")]
    public void A_misspelt_symbol_is_found_out(string symbol) => Assert.False(DocumentationId.Exists(symbol));

    [Fact]
    public void Every_product_room_is_analysed_against_the_list()
    {
        var properties = House.Properties("Directory.Build.props");
        var analysed = properties.Descendants("ItemGroup").Single(group => group.Attribute("Condition")?.Value == "'$(IsProductRoom)' == 'true'");
        Assert.Contains(analysed.Elements("PackageReference"), e => e.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
        Assert.Contains(analysed.Elements("AdditionalFiles"), e => e.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        Assert.True(properties.Descendants("TreatWarningsAsErrors").Single().Value == "true");
    }

    [Fact]
    public void No_project_lets_a_banned_symbol_pass()
    {
        var settings = House.Projects().Append(Path.Combine(House.Root, "Directory.Build.props")).Append(Path.Combine(House.Root, ".editorconfig"));
        Assert.Empty(settings.Where(path => File.ReadAllText(path).Contains("RS0030", StringComparison.Ordinal)).Select(House.Relative));
        Assert.All(House.Rooms.Keys, room => Assert.Empty(House.Project(room).Descendants("IsProductRoom")));
    }
}
