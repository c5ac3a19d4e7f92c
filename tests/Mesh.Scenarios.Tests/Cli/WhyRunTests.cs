using System.Text.Json;
using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli;

public sealed class WhyRunTests : IDisposable
{
    private const string Scenario = """
        version: 1
        name: shop
        seed: 7
        duration: 12s
        warmup: 2s
        services:
          front: {replicas: 2, serviceTime: 1ms, endpoints: [{path: /, calls: [{parallel: [{to: pay}, {to: stock}]}]}]}
          pay: {replicas: 2, serviceTime: {mean: 20ms, p99: 120ms}, errorRate: 20%}
          stock: {serviceTime: 5ms}
        mesh: {services: {pay: {perTryTimeout: 100ms, retries: {attempts: 1, on: [5xx], backoff: {base: 10ms, max: 50ms}}}}}
        workload: [{to: front, rate: 100/s}]
        """;

    private readonly MeshLab _meshlab = new();
    private readonly string _file;

    public WhyRunTests() => _file = _meshlab.Write("shop.yaml", Scenario);

    public void Dispose() => _meshlab.Dispose();

    [Fact]
    public void A_stored_run_lists_its_slowest_and_failed_requests_and_shows_one_as_a_waterfall()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", _file, "--report", _meshlab.File("out"), "--quiet"));
        Assert.Equal(ExitCode.Passed, _meshlab.Run("why", _meshlab.File("out")));
        foreach (string text in (string[])["the slowest that succeeded", "failures, of each kind", "pay /: 500 retries used up (URX)"]) Assert.Contains(text, _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("why", _meshlab.File("out/run.meshrun"), "1"));
        foreach (string text in (string[])["where its time went", "front / → front-", "stock / → stock-", "█"]) Assert.Contains(text, _meshlab.Output, StringComparison.Ordinal);
        Assert.Contains("Slowest and failed requests", File.ReadAllText(_meshlab.File("out/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_scenario_is_run_first_and_every_kept_tree_is_whole()
    {
        Assert.Equal(ExitCode.Passed, _meshlab.Run("why", _file, "--json"));
        using var json = JsonDocument.Parse(_meshlab.Output);
        var requests = json.RootElement.GetProperty("requests").EnumerateArray().ToList();
        Assert.Equal(20, requests.Count);
        foreach (var request in requests)
        {
            var calls = request.GetProperty("calls").EnumerateArray().ToList();
            Assert.Equal(["front", "pay", "stock"], calls.Select(call => call.GetProperty("to").GetString()));
            Assert.Equal([-1, 0, 0], calls.Select(call => call.GetProperty("parent").GetInt32()));
            // The parts of the critical path are all of the time, however the retries and branches lie.
            Assert.Equal(request.GetProperty("tookMs").GetDouble(), request.GetProperty("whereMs").EnumerateObject().Sum(part => part.Value.GetDouble()), 4);
        }
        Assert.Contains(requests, request => request.GetProperty("calls")[1].GetProperty("attempts").GetArrayLength() == 2);
    }

    [Fact]
    public void The_key_of_a_request_names_it_too()
    {
        _meshlab.Run("run", _file, "--report", _meshlab.File("out"), "--quiet");
        _meshlab.Run("why", _meshlab.File("out"), "--json");
        string key;
        using (var json = JsonDocument.Parse(_meshlab.Output)) key = json.RootElement.GetProperty("requests")[2].GetProperty("key").GetString()!;
        Assert.Equal(ExitCode.Passed, _meshlab.Run("why", _meshlab.File("out"), key[..8]));
        Assert.Contains(key, _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("why", _meshlab.File("out"), "99"));
        Assert.Contains("write a number from 1 to 20", _meshlab.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("why")]
    [InlineData("why", "nothing.meshrun")]
    [InlineData("why", "nothing.yaml")]
    public void What_is_not_there_is_told(params string[] args)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(args));
        Assert.Contains("error", _meshlab.Error, StringComparison.Ordinal);
    }
}
