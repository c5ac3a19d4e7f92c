using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Running;
using TestWorld = Mesh.Scenarios.Tests.Running.Live.LiveWorld;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary><c>run --live --isolate</c> and <c>up --isolate</c> from end to end: every sidecar and service is a process, and none is left, however the runner ends.</summary>
public sealed partial class IsolatedCommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    private const string Shop = """
        version: 1
        name: shop
        duration: 12s
        services:
          shop: {serviceTime: 1ms, endpoints: [{path: /buy, calls: [{to: pay, path: /}]}]}
          pay: {serviceTime: 1ms}
        mesh: {services: {pay: {retries: {attempts: 3, on: [5xx]}}}}
        workload: [{to: shop, mix: [{path: /buy}], stages: [{for: 11s, rate: 40/s}]}]
        faults:
          - {name: flaky, at: 0s, for: 6s, target: {service: pay}, site: attempt, abort: 503, percent: 50%}
          - {name: slow, at: 6s, for: 2s, target: {service: pay}, slow: {factor: 1, delay: 5ms}}
          - {name: dead, at: 9s, for: 1s, target: {service: pay}, crash: true}
        expect: [requests >= 10]
        """;

    public void Dispose()
    {
        _http.Dispose();
        _meshlab.Dispose();
    }

    [Fact]
    public void An_isolated_run_judges_and_records_like_one_in_one_process()
    {
        string file = _meshlab.Write("shop.yaml", Shop);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", file, "--no-report", "--json", "--set", "faults=[]"));
        long sent = JsonDocument.Parse(_meshlab.Output).RootElement.GetProperty("requests").GetProperty("total").GetInt64();

        string report = _meshlab.File("report");
        Assert.True(_meshlab.Run("run", file, "--live", "--isolate", "--json", "--report", report, "--set", "expect=[requests >= 10, 'retry_amplification{to=pay, phase=flaky} > 1.2']") == ExitCode.Passed, _meshlab.Error);
        var run = JsonDocument.Parse(_meshlab.Output).RootElement;
        Assert.Equal("live", run.GetProperty("world").GetString());
        Assert.Equal(sent, run.GetProperty("requests").GetProperty("total").GetInt64());   // the same arrivals: not one is missing in the record
        Assert.DoesNotContain(run.GetProperty("warnings").EnumerateArray(), warning => warning.GetString()!.Contains("process", StringComparison.Ordinal));
        var faults = run.GetProperty("faults").EnumerateArray().ToDictionary(fault => fault.GetProperty("name").GetString()!);
        double matched = faults["flaky"].GetProperty("matched").GetDouble(), most = 5 * 0.5 / Math.Sqrt(matched);   // five standard deviations
        Assert.InRange(faults["flaky"].GetProperty("shareMeasured").GetDouble(), 0.5 - most, 0.5 + most);
        Assert.NotEqual(0, faults["flaky"].GetProperty("hit").GetInt64());
        Assert.InRange(faults["slow"].GetProperty("delayMsMeasured").GetDouble(), 4.9, 5.1);
        Assert.Equal("pay-v1-0", faults["dead"].GetProperty("replicas")[0].GetString());

        Assert.Equal(ExitCode.Passed, _meshlab.Run("report", Path.Combine(report, "run.meshrun"), "--report", _meshlab.File("again")));
        string page = File.ReadAllText(_meshlab.File("again/report.html"));
        foreach (string part in (string[])["one for each of 3 sidecars and 2 synthetic services", "pay-v1-0", "shop-v1-0", "UF"]) Assert.Contains(part, page, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Every_sidecar_and_service_is_a_process_until_Ctrl_C_and_the_loss_of_one_is_told()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "processes are looked up in /proc");
        string file = _meshlab.Write("up.yaml", Shop);
        using var up = MeshLabProcess.Start("up", file, "--isolate", "--metrics", "127.0.0.1:0", "--access-log", "json");
        string ingress = (await up.LineAsync("ingress ")).Split(' ')[0];
        await up.LineAsync("try ");
        int[] children = Processes(up), ports = Ports(up);
        Assert.Equal(5, children.Length);
        Assert.All(children, child => Assert.Equal(up.Id, Parent(child)));

        Assert.Equal(HttpStatusCode.OK, await AskAsync(new Uri($"{ingress}/buy"), host: "shop"));
        string metrics = Regex.Match(up.Output, @"shop-v1-0 .*(http://\S+/metrics)").Groups[1].Value;
        Assert.Contains("istio_requests_total{", await _http.GetStringAsync(new Uri(metrics)), StringComparison.Ordinal);
        await TestWorld.Until(() => Logged(up).Length == 4, "the four sidecars of the two hops have each logged their line, whole");

        Kill(children[^1]);
        await TestWorld.Until(() => up.Error.Contains($"(process {children[^1]}) was ended by signal 9", StringComparison.Ordinal), "a warning");
        up.Interrupt();
        await up.EndAsync();
        Assert.Equal(ExitCode.Passed, up.Code);
        Assert.DoesNotContain(children, Exists);
        Assert.DoesNotContain(ports, LocalPorts.Listens);
    }

    [SkippableFact]
    public async Task Nothing_is_left_when_the_runner_is_killed_in_the_middle_of_a_pause()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "processes are looked up in /proc");
        string file = _meshlab.Write("up.yaml", Shop);
        using var up = MeshLabProcess.Start("up", file, "--isolate", "--faults", "--set", "faults=[{name: still, at: 0s, for: 1h, target: {service: pay}, pause: true}]");
        await up.LineAsync("try ");
        int[] children = Processes(up), ports = Ports(up);
        await TestWorld.Until(() => children.Count(child => State(child) == 'T') == 1, "the service stands still");

        up.Kill();
        long killed = TimeProvider.System.GetTimestamp();
        await TestWorld.Until(() => !children.Any(Exists) && !ports.Any(LocalPorts.Listens), "nothing is left");
        Assert.InRange(TimeProvider.System.GetElapsedTime(killed).TotalSeconds, 0, 15);   // 2 s on a machine with time to spare
    }

    [Theory]
    [InlineData("run", "--live", ExitCode.Stopped)]
    [InlineData("up", "--quiet", ExitCode.Passed)]
    public void Ctrl_C_before_everything_has_started_is_no_bug(string command, string option, int code)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));   // no process compiles so fast
        Assert.True(_meshlab.Run(stop.Token, command, _meshlab.Write("shop.yaml", Shop), "--isolate", option) == code, _meshlab.Error);
    }

    [Theory]
    [InlineData("--isolate gives sidecars and services processes of their own", "run", "--isolate")]
    [InlineData("Give each its own with --isolate.", "run", "--live", "--set", "faults=[{name: p, at: 0s, for: 1s, target: {service: pay}, pause: true}]")]
    [InlineData("'pay' runs already ('address'): it is not MeshLab's to stop", "up", "--isolate", "--set", "services.pay.address=[127.0.0.1:1]", "--set", "faults=[{name: p, at: 0s, for: 1s, target: {service: pay}, pause: true}]")]
    public void What_cannot_be_isolated_is_told_before_anything_starts(string message, string command, params string[] args)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run([command, _meshlab.Write("shop.yaml", Shop), .. args]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
    }

    /// <summary>The processes that the table of <c>up</c> names, those of the replicas last.</summary>
    private static int[] Processes(MeshLabProcess up) =>
        [.. Ingress().Matches(up.Output).Concat(Pair().Matches(up.Output)).SelectMany(match => match.Groups.Values.Skip(1)).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))];

    private static int[] Ports(MeshLabProcess up)
    {
        int[] ports = LocalPorts.In(up.Output);
        Assert.All(ports, port => Assert.True(LocalPorts.Listens(port), $"{port}"));
        return ports;
    }

    private static JsonElement[] Logged(MeshLabProcess up) =>
        [.. up.Output.Split('\n').Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.GetProperty("response_code").GetInt32() == 200)];

    private static bool Exists(int process) => State(process) is not (' ' or 'Z');

    private static char State(int process) => Stat(process) is { Length: > 0 } stat ? stat[0][0] : ' ';

    private static int Parent(int process) => int.Parse(Stat(process)[1], CultureInfo.InvariantCulture);

    /// <summary>What /proc says of a process, from its state on; nothing where it is gone.</summary>
    private static string[] Stat(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static void Kill(int process)
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", $"{process}"]);
        kill.WaitForExit();
    }

    private async Task<HttpStatusCode> AskAsync(Uri address, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = host } };
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    [GeneratedRegex(@"; process (\d+)\)")]
    private static partial Regex Ingress();

    [GeneratedRegex(@" (\d+), (\d+)\b")]
    private static partial Regex Pair();
}
