using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary>The commands beside <c>run</c>.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    [Fact]
    public void The_first_scenario_passes()
    {
        string file = _meshlab.File("first.yaml");
        Assert.Equal(ExitCode.Passed, _meshlab.Run("init", file));
        Assert.Contains($"meshlab run {file}", _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("validate", file));
        Assert.Equal($"{file}: right, with 0 warnings.\n", _meshlab.Output);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", file, "--no-report", "--replications", "3"));
    }

    [Fact]
    public void Init_leaves_a_file_that_is_there_as_it_is()
    {
        string file = _meshlab.Write("mine.yaml", "precious");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("init", file));
        Assert.Equal("precious", File.ReadAllText(file));
    }

    [Fact]
    public void Validate_tells_every_error_of_every_file()
    {
        string first = _meshlab.Write("a.yaml", "version: 2\n"), second = _meshlab.Write("b.yaml", "versoin: 1\n");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("validate", first, second));
        Assert.Contains($"error {first}:1:10: version: version 2 of the language is not known", _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains($"error {second}:1:1: versoin: unknown key 'versoin'. Did you mean 'version'?", _meshlab.Error, StringComparison.Ordinal);
        Assert.Empty(_meshlab.Output);
    }

    [Fact]
    public void Schema_prints_the_schema_and_its_tables()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("schema"));
        Assert.StartsWith("{", _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("schema", "--markdown"));
        Assert.Contains("| `perTryTimeout` | a duration such as 300ms |", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_writes_a_scenario_that_validates()
    {
        string graph = _meshlab.Write("g.yaml", "services: [{name: a, script: [{call: b}]}, {name: b}]");
        Assert.Equal(ExitCode.Passed, _meshlab.Run("import", "isotope", graph, "-o", _meshlab.File("s.yaml"), "--rate", "5/s"));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("validate", _meshlab.File("s.yaml")));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("import", graph));
        Assert.Contains("to: b", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_refuses_what_is_no_graph() => Assert.Equal(ExitCode.WrongInput, _meshlab.Run("import", _meshlab.Write("s.yaml", Language.Reads.Small)));

    [Fact]
    public void Generate_prints_a_scenario_that_validates()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("generate", "--services", "20", "--replicas", "2", "--seed", "3"));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("validate", _meshlab.Write("g.yaml", _meshlab.Output)));
    }

    [Theory]
    [InlineData("generate", "--services", "0")]
    [InlineData("run")]
    [InlineData("rnu", "x.yaml")]
    [InlineData("run", "x.yaml", "--sed", "3")]
    [InlineData("report", "nothing.meshrun")]
    [InlineData("trace", "hash", "nothing.trace")]
    public void A_wrong_command_line_ends_with_code_2_and_no_stack_trace(params string[] args)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(args));
        Assert.Contains("error", _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
        Assert.Empty(_meshlab.Output);
    }

    [Fact]
    public void The_version_and_the_help_are_there()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("--version"));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", "--help"));
        Assert.Contains("--replications", _meshlab.Output, StringComparison.Ordinal);
    }
}
