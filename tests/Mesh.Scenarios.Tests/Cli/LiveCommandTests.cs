using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Running.Live;
using Mesh.Scenarios.Tests.Running;
using TestWorld = Mesh.Scenarios.Tests.Running.Live.LiveWorld;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary>The commands of the live world from end to end: <c>up</c>, <c>proxy</c>, <c>check</c>, <c>run --live</c>.</summary>
public sealed class LiveCommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    private const string Shop = """
        version: 1
        name: shop
        duration: 2s
        services:
          shop: {serviceTime: 1ms, endpoints: [{path: /buy, calls: [{to: pay, path: /}]}]}
          pay: {serviceTime: 1ms}
        workload: [{to: shop, mix: [{path: /buy}], rate: 100/s}]
        expect: [requests >= 10]
        """;

    public void Dispose()
    {
        _http.Dispose();
        _meshlab.Dispose();
    }

    [SkippableFact]
    public async Task Up_takes_calls_by_its_ingress_and_leaves_nothing_behind_when_it_is_killed()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill -9 on Windows");
        string program = Path.Combine(AppContext.BaseDirectory, "meshlab.dll");
        string file = _meshlab.Write("up.yaml", Shop.Replace("pay: {serviceTime: 1ms}",
            $"pay: {{command: [dotnet, '{program}', service, --service, pay, --service-time, 1ms, --listen, '127.0.0.1:{{port}}'], readyWithin: 60s}}", StringComparison.Ordinal));
        using var up = MeshLabProcess.Start("up", file);
        string ingress = (await up.LineAsync("ingress ")).Split(' ')[0];
        Assert.Contains($"curl -H 'Host: shop' {ingress}/buy", await up.LineAsync("try "), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(new Uri($"{ingress}/buy"), host: "shop"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(new Uri($"{ingress}/"), host: "nobody"));
        int[] ports = LocalPorts.In(up.Output);
        Assert.Equal(7, ports.Length);   // of two replicas: sidecar, application, calls; and the ingress
        Assert.All(ports, port => Assert.True(LocalPorts.Listens(port), $"{port}"));

        up.Kill();
        long killed = TimeProvider.System.GetTimestamp();
        await TestWorld.Until(() => !ports.Any(LocalPorts.Listens), "free ports");
        Assert.InRange(TimeProvider.System.GetElapsedTime(killed).TotalSeconds, 0, 15);   // 2 s on a machine with time to spare
    }

    [Theory]
    [InlineData("up", "--for", "5", "--for 5: '5' has no unit")]
    [InlineData("up", "--metrics", "9901", "--metrics 9901: '9901' is not an address to listen on")]
    [InlineData("up", "--access-log", "jsn", "'jsn' is no format of a log. Did you mean 'json'?")]
    [InlineData("up", "--set", "services.pay.replicas=none", "services.pay.replicas")]
    [InlineData("run", "--set", "faults=[{name: p, at: 0s, for: 1s, target: {service: pay}, pause: true}]", "fault 'p': 'pause' stops a process")]
    public void What_cannot_be_done_live_is_told_before_anything_starts(string command, string option, string value, string message)
    {
        string file = _meshlab.Write("shop.yaml", Shop);
        string[] live = command == "run" ? ["--live"] : [];
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run([command, file, .. live, option, value]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Up_without_its_file_says_so()
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("up", _meshlab.File("none.yaml")));
        Assert.Contains("none.yaml", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_injects_its_fault_and_is_gone_at_its_time()
    {
        await using var world = TestWorld.WithServices("cart: {serviceTime: 0ms}");
        string service = (await world.StartAsync("cart")).Address.ToString();
        HttpStatusCode? seen = null;
        int port = 0;
        for (int seconds = 4; seen is null && seconds <= 32; seconds *= 2)   // on a loaded machine it may be over before it is met
        {
            port = FreePorts.Take();
            var run = Task.Run(() => _meshlab.Run("proxy", "--listen", $"127.0.0.1:{port}", "--to", service, "--fault", "abort=418@100%", "--for", $"{seconds}s"));
            while (seen is null && !run.IsCompleted) seen = await TryAsync(port);
            Assert.Equal(ExitCode.Passed, await run);
        }
        Assert.Equal(418, (int?)seen);
        Assert.False(LocalPorts.Listens(port));
        Assert.Contains($"listening on 127.0.0.1:{port}, sending to {service}", _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains("hit 1 of 1 (100%, asked 100%)", _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains("faults have ended", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Proxy_tells_every_wrong_argument_at_once()
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("proxy", "--listen", "8081", "--to", "localhost", "--fault", "dleay=1s", "--for", "5", "--access-log", "xml", "--policy", "{retires: {attempts: 2}}"));
        foreach (string part in (string[])["'8081' is not an address to listen on", "'localhost' is not where a service listens", "Did you mean 'delay'?", "--for 5: '5' has no unit", "'xml' is no format of a log"])
            Assert.Contains(part, _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Proxy_cannot_listen_where_somebody_does()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("proxy", "--listen", $"{taken.LocalEndpoint}", "--to", "localhost:1", "--for", "1s"));
        Assert.Contains($"{((IPEndPoint)taken.LocalEndpoint).Port}", _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_what_it_found_and_what_to_do()
    {
        int code = _meshlab.Run("check", "--json");
        var facts = JsonDocument.Parse(_meshlab.Output).RootElement.EnumerateArray().ToList();
        string[] names = [.. facts.Select(fact => fact.GetProperty("name").GetString()!)];
        Assert.Equal([".NET", "ports", "open files", "processors", "timers", "clock", "interception"], names);
        Assert.All(facts.Where(fact => fact.GetProperty("fitness").GetString() != "good"), fact => Assert.NotEqual("", fact.GetProperty("remedy").GetString()));
        Assert.Equal(facts.Any(fact => fact.GetProperty("fitness").GetString() == "unfit") ? ExitCode.ExpectationFailed : ExitCode.Passed, code);

        _meshlab.Run("check");
        Assert.All(names, name => Assert.Contains(name, _meshlab.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_live_judges_and_records_like_a_virtual_run()
    {
        string file = _meshlab.Write("shop.yaml", Shop), report = _meshlab.File("report");
        Assert.Equal(ExitCode.Passed, _meshlab.Run("run", file, "--live", "--json", "--report", report));
        var run = JsonDocument.Parse(_meshlab.Output).RootElement;
        Assert.Equal(("live", true), (run.GetProperty("world").GetString(), run.GetProperty("passed").GetBoolean()));
        Assert.InRange(run.GetProperty("requests").GetProperty("total").GetInt64(), 10, 300);
        Assert.Equal(ExitCode.Passed, _meshlab.Run("report", Path.Combine(report, "run.meshrun"), "--report", _meshlab.File("again")));
        Assert.True(File.Exists(_meshlab.File("again/report.html")));
    }

    [Fact]
    public void Run_live_fails_with_its_expectation()
    {
        string file = _meshlab.Write("shop.yaml", Shop);
        Assert.Equal(ExitCode.ExpectationFailed, _meshlab.Run("run", file, "--live", "--no-report", "--set", "expect=[requests >= 1000000]"));
        Assert.Contains("requests >= 1000000", _meshlab.Output, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode?> TryAsync(int port)
    {
        try
        {
            var status = await AskAsync(new Uri($"http://127.0.0.1:{port}/"), host: null);
            return status == HttpStatusCode.NotFound ? null : status;   // it listens, and has not heard of the service yet
        }
        catch (HttpRequestException)
        {
            await Task.Delay(20);
            return null;
        }
    }

    private async Task<HttpStatusCode> AskAsync(Uri address, string? host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = host } };
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }
}
