using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Cli;

namespace Mesh.Scenarios.Tests.Experiments;

public sealed class CompareCommandTests : IDisposable
{
    private const string Scenario = """
        version: 1
        name: pair
        seed: 7
        duration: 12s
        warmup: 2s
        services:
          front: {replicas: 4, serviceTime: {mean: 8ms, p99: 60ms}, workers: 1, queue: 100, endpoints: [{path: /, calls: [{to: back}]}]}
          back: {serviceTime: 1ms, errorRate: 2%}
        mesh: {services: {back: {retries: {attempts: 2, on: [5xx]}}}}
        workload: [{to: front, rate: 300/s}]
        expect:
          - success_rate >= 100%
        """;

    private readonly MeshLab _meshlab = new();
    private readonly string _file;

    public CompareCommandTests() => _file = _meshlab.Write("pair.yaml", Scenario);

    public void Dispose() => _meshlab.Dispose();

    [Fact]
    public void Balancers_are_compared_in_a_table_and_a_report_and_expectations_are_not_judged()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("compare", _file, "--vary", "mesh.defaults.loadBalancer=random,leastRequest", "--replications", "4", "--report", _meshlab.File("out")));
        foreach (string text in (string[])["compared with 'loadBalancer=random'", "4 paired replications, seeds 7 to 10", "loadBalancer=leastRequest: better in", "not judged", _meshlab.File("out/report.html")])
            Assert.Contains(text, _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("report", _meshlab.File("out"), "--json"));
        using var json = JsonDocument.Parse(_meshlab.Output);
        Assert.Equal("better", Difference(json, 1, "latencyMsP50").GetProperty("verdict").GetString());
    }

    [Fact]
    public void Equal_policies_under_two_names_differ_by_exactly_0_in_everything()
    {
        // The mutants: another seed for one of the two changes every number, so that unpaired runs could not pass here.
        Assert.Equal(ExitCode.Passed, _meshlab.Run("compare", _file, _meshlab.Write("same.yaml", Scenario.Replace("seed: 7", "seed: 8", StringComparison.Ordinal)), "--load", "0.5,1", "--replications", "3", "--json", "--no-report", "--quiet"));
        using var json = JsonDocument.Parse(_meshlab.Output);
        var rows = json.RootElement.GetProperty("rows");
        foreach (int row in (int[])[1, 3])
        {
            Assert.Equal(rows[row - 1].GetProperty("traceHashes").GetRawText(), rows[row].GetProperty("traceHashes").GetRawText());
            foreach (string number in (string[])["successRate", "latencyMsP50", "latencyMsP99", "attemptsPerCall", "goodput"])
            {
                var difference = Difference(json, row, number);
                Assert.Equal((0.0, 0.0, "tie"), (difference.GetProperty("mean").GetDouble(), difference.GetProperty("high").GetDouble(), difference.GetProperty("verdict").GetString()));
            }
        }

        string Hashes(string seed)
        {
            _meshlab.Run("compare", _file, "--vary", "description=x,y", "--seed", seed, "--replications", "2", "--json", "--no-report", "--quiet");
            using var other = JsonDocument.Parse(_meshlab.Output);
            return other.RootElement.GetProperty("rows")[0].GetProperty("latencyMsP99").GetRawText();
        }
        Assert.NotEqual(Hashes("7"), Hashes("8"));
    }

    [Fact]
    public void Variants_get_the_same_requests_whatever_their_policy()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("compare", _file, "--vary", "mesh.defaults.loadBalancer=random,roundRobin", "--replications", "2", "--report", _meshlab.File("out"), "--quiet"));
        var record = Mesh.Reports.Comparisons.ComparisonStore.Load(_meshlab.File("out/compare.meshcmp"));
        var totals = record.Runs.Select(run => run.Record.Replications.Select(one => one.Select().Requests).ToList()).ToList();
        Assert.Equal(totals[0], totals[1]);
        Assert.True(totals[0][0] > 2000);
    }

    [Fact]
    public void The_load_multiplies_the_rates()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("compare", _file, "--vary", "mesh.defaults.loadBalancer=random,roundRobin", "--load", "0.5,1", "--replications", "2", "--json", "--no-report", "--quiet"));
        using var json = JsonDocument.Parse(_meshlab.Output);
        var rows = json.RootElement.GetProperty("rows");
        double half = rows[0].GetProperty("goodput").GetProperty("mean").GetDouble(), all = rows[2].GetProperty("goodput").GetProperty("mean").GetDouble();
        Assert.InRange(half, 140, 160);
        Assert.InRange(all, 280, 320);
    }

    [Fact]
    public void The_same_command_prints_the_same_document()
    {
        string[] args = ["compare", _file, "--vary", "mesh.services.back.retries={attempts: 2, on: [5xx]},{attempts: 0}", "--replications", "2", "--json", "--no-report", "--quiet"];
        Assert.Equal(ExitCode.Passed, _meshlab.Run(args));
        string first = _meshlab.Output;
        Assert.Equal(ExitCode.Passed, _meshlab.Run([.. args, "--parallel", "1"]));
        Assert.Equal(first, _meshlab.Output);
    }

    [Fact]
    public void The_baseline_may_be_chosen_by_its_name_or_its_value()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("compare", _file, "--vary", "mesh.defaults.loadBalancer=random,roundRobin", "--baseline", "roundRobin", "--replications", "2", "--no-report"));
        Assert.Contains("compared with 'loadBalancer=roundRobin'", _meshlab.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at least two variants")]
    [InlineData("at least two variants", "--vary", "mesh.defaults.timeout=1s")]
    [InlineData("'fast' is no factor", "--vary", "mesh.defaults.timeout=1s,2s", "--load", "fast")]
    [InlineData("'0' is no factor", "--vary", "mesh.defaults.timeout=1s,2s", "--load", "0,1")]
    [InlineData("at least 2 pairs", "--vary", "mesh.defaults.timeout=1s,2s", "--replications", "1")]
    [InlineData("Did you mean 'timeout=1s'?", "--vary", "mesh.defaults.timeout=1s,2s", "--baseline", "timeout=1")]
    [InlineData("varied twice", "--vary", "mesh.defaults.timeout=1s,2s", "--vary", "mesh.defaults.timeout=3s")]
    public void A_wrong_command_line_is_told(string message, params string[] args)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(["compare", _file, "--no-report", .. args]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
        Assert.Empty(_meshlab.Output);
    }

    [Fact]
    public void A_variant_that_is_wrong_is_named_and_a_shared_problem_is_told_once()
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("compare", _file, "--vary", "mesh.defaults.loadBalancer=random,rndRobin", "--set", "services.front.replicsa=2", "--no-report"));
        Assert.Contains("variant 'loadBalancer=rndRobin':\nerror --vary mesh.defaults.loadBalancer=rndRobin", _meshlab.Error, StringComparison.Ordinal);
        Assert.Single(_meshlab.Error.Split('\n'), line => line.Contains("'replicsa'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_comparison_that_is_stopped_at_once_says_so()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(ExitCode.Stopped, _meshlab.Run(stop.Token, "compare", _file, "--vary", "mesh.defaults.timeout=1s,2s", "--no-report"));
        Assert.Contains("nothing to compare", _meshlab.Error, StringComparison.Ordinal);
    }

    private static JsonElement Difference(JsonDocument json, int row, string number) => json.RootElement.GetProperty("rows")[row].GetProperty(number).GetProperty("difference");
}
