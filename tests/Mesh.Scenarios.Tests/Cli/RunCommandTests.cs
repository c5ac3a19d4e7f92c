using System.Text.Json;
using System.Xml.Linq;
using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli;

public sealed class RunCommandTests : IDisposable
{
    private const string Scenario = """
        version: 1
        name: pair
        seed: 7
        duration: 20s
        warmup: 2s
        replications: 3
        services:
          front: {replicas: 2, serviceTime: {mean: 4ms, p99: 15ms}, endpoints: [{path: /, calls: [{to: back}]}]}
          back: {serviceTime: 5ms, errorRate: 2%}
        mesh: {services: {back: {retries: {attempts: 2, on: [5xx]}}}}
        workload: [{to: front, rate: 100/s}]
        expect:
          - success_rate >= 99%
        """;

    private readonly MeshLab _meshlab = new();
    private readonly string _file;

    public RunCommandTests() => _file = _meshlab.Write("pair.yaml", Scenario);

    public void Dispose() => _meshlab.Dispose();

    [Fact]
    public void A_run_that_passes_ends_with_0_and_shows_verdict_numbers_hash_and_report()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--report", _meshlab.File("out")));
        foreach (string text in (string[])["✓ pair passed: its expectation holds", "✓ success_rate >= 99%", "95% interval", "ingress → front /", "trace hash", _meshlab.File("out/report.html")])
        {
            Assert.Contains(text, _meshlab.Output, StringComparison.Ordinal);
        }
        Assert.True(File.Exists(_meshlab.File("out/report.html")));
        Assert.DoesNotContain("replay", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Users_who_never_let_time_pass_are_the_scenarios_mistake_and_are_told_so()
    {
        string file = _meshlab.Write("hasty.yaml", "version: 1\nduration: 10s\nservices: {a: {replicas: 1}}\nworkload: [{to: a, users: 2}]\n");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("run", file, "--no-report"));
        Assert.Contains("thinkTime", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_fails_ends_with_1_and_says_why_and_how_to_replay_it()
    {
        Assert.Equal(ExitCode.ExpectationFailed, _meshlab.Run("run", _file, "--no-report", "--set", "services.back.errorRate=60%", "--seed", "9"));
        Assert.Contains("✗ pair failed: 0 of 1 expectations hold", _meshlab.Output, StringComparison.Ordinal);
        Assert.Contains("; the limit is >= 99%.", _meshlab.Output, StringComparison.Ordinal);
        Assert.Contains($"run {_file} --set services.back.errorRate=60% --seed 9", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_data_does_not_pass()
    {
        Assert.Equal(ExitCode.ExpectationFailed, _meshlab.Run("run", _file, "--no-report", "--replications", "1", "--duration", "3s"));
        Assert.Contains("? success_rate >= 99%", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_document_on_standard_output_and_nothing_else()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--no-report", "--json"));
        using var document = JsonDocument.Parse(_meshlab.Output);
        Assert.Equal(("pair", 3), (document.RootElement.GetProperty("scenario").GetString(), document.RootElement.GetProperty("replications").GetInt32()));
        Assert.Equal("pass", document.RootElement.GetProperty("expectations")[0].GetProperty("verdict").GetString());
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, _file, "--no-report", "--json"));
        Assert.Equal(2, JsonDocument.Parse(_meshlab.Output).RootElement.GetArrayLength());
    }

    [Fact]
    public void Quiet_prints_nothing()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--no-report", "--quiet"));
        Assert.Equal(("", ""), (_meshlab.Output, _meshlab.Error));
    }

    [Fact]
    public void Junit_has_a_case_for_each_expectation()
    {
        _meshlab.Run("run", _file, "--no-report", "--quiet", "--junit", _meshlab.File("j.xml"));
        Assert.Contains(XDocument.Load(_meshlab.File("j.xml")).Descendants("testcase"), one => one.Attribute("name")!.Value.Contains("success_rate >= 99%", StringComparison.Ordinal));
    }

    [Fact]
    public void The_trace_file_has_the_hash_of_the_run()
    {
        string plain = Hash(), traced = Hash("--trace", _meshlab.File("t.tsv")), reported = Hash("--report", _meshlab.File("r"));
        Assert.Equal(plain, traced);
        Assert.Equal(plain, reported);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("trace", "hash", _meshlab.File("t.tsv")));
        Assert.Equal(plain, _meshlab.Output.Trim());
        Assert.NotEqual(plain, Hash("--seed", "8"));
    }

    [Fact]
    public void A_stored_run_is_rendered_again()
    {
        _meshlab.Run("run", _file, "--quiet", "--report", _meshlab.File("out"));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("report", _meshlab.File("out/run.meshrun"), "--report", _meshlab.File("again")));
        Assert.Equal(File.ReadAllText(_meshlab.File("out/report.html")), File.ReadAllText(_meshlab.File("again/report.html")));
    }

    [Fact]
    public void A_run_that_is_stopped_ends_with_3()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(ExitCode.Stopped, _meshlab.Run(stop.Token, "run", _file, "--no-report"));
    }

    [Fact]
    public void A_service_graph_runs_without_a_scenario()
    {
        string graph = _meshlab.Write("g.yaml", "services: [{name: a, script: [{call: b}]}, {name: b}]");
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", graph, "--rate", "50/s", "--duration", "5s", "--service-time", "2ms", "--policy", "full", "--no-report"));
        Assert.Contains("assumed every service works 2ms for a request", _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains("ingress → a /", _meshlab.Output, StringComparison.Ordinal);
        Assert.Contains("a → b /", _meshlab.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--seed", "many", "--seed many: seed: 'many' is not a seed")]
    [InlineData("--rate", "-4/s", "--rate -4/s: workload[0].rate: '-4/s' is negative")]
    [InlineData("--duration", "10", "--duration 10: duration: '10' has no unit; write 10ms or 10s or 10m.")]
    [InlineData("--policy", "istio", "--policy: a scenario says its policy itself")]
    [InlineData("--set", "seed", "--set seed: --set needs a key's path and a value")]
    public void A_wrong_argument_is_told_before_anything_runs(string option, string value, string message)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("run", _file, option, value));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
        Assert.Empty(_meshlab.Output);
    }

    [Theory]
    [InlineData("--report")]
    [InlineData("--junit")]
    [InlineData("--markdown")]
    [InlineData("--trace")]
    public void A_place_that_cannot_be_written_is_told_before_anything_runs(string option)
    {
        string blocked = Path.Combine(_file, "below", "a-file");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("run", _file, option, blocked));
        Assert.Contains($"{option}: the directory", _meshlab.Error, StringComparison.Ordinal);
        Assert.Empty(_meshlab.Output);
    }

    [Fact]
    public void Markdown_has_the_verdicts_and_the_command_that_replays_the_run()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--no-report", "--quiet", "--markdown", _meshlab.File("summary.md")));
        string text = File.ReadAllText(_meshlab.File("summary.md"));
        Assert.Contains("## pair:", text, StringComparison.Ordinal);
        Assert.Contains("| pass | success\\_rate >= 99% |", text, StringComparison.Ordinal);
        Assert.Contains($"run {_file}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Directories_for_results_are_made()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--no-report", "--quiet", "--junit", _meshlab.File("new/directory/j.xml")));
        Assert.True(File.Exists(_meshlab.File("new/directory/j.xml")));
    }

    private string Hash(params string[] more)
    {
        _meshlab.Run(["run", _file, "--json", .. more.Contains("--report") ? more : [.. more, "--no-report"]]);
        return JsonDocument.Parse(_meshlab.Output).RootElement.GetProperty("traceHash").GetString()!;
    }
}
