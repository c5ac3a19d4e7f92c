using System.Diagnostics;
using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Cli;

public sealed class ServiceCommandTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly MeshLab _meshlab = new();
    private readonly List<Process> _started = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Limit };

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        _http.Dispose();
        _meshlab.Dispose();
    }

    [Theory]
    [InlineData("5ms", "5ms")]
    [InlineData("mean 5ms, p99 20ms", "{mean: 5ms, p99: 20ms}")]
    [InlineData("distribution weibull, mean 5ms, cv 2", "{distribution: weibull, mean: 5ms, cv: 2}")]
    [InlineData("{mean: 5ms, p99: 20ms}", "{mean: 5ms, p99: 20ms}")]
    public void A_service_time_is_written_as_people_say_it(string text, string yaml) => Assert.Equal(yaml, ServiceSource.Distribution(text));

    [Fact]
    public void Arguments_describe_a_service_as_a_scenario_would()
    {
        var run = ServiceSource.Resolve(new ServiceSettings
        {
            Service = "cart", ServiceTime = "mean 5ms, p99 20ms", ErrorRate = "1%", Workers = "3", Queue = "unlimited", ResponseSize = "2KB", Seed = "9", Replica = 4,
            Outbound = "http://127.0.0.1:15001", Listen = "127.0.0.1:0", Drain = "2s", Sets = ["services.cart.errorGrpcStatus=14"],
        }, new Problems())!;
        var version = run.Options.Version;
        Assert.Equal((new DistributionConfig { Mean = 0.005, P99 = 0.02 }, 0.01, 14, 3, null), (version.ServiceTime, version.ErrorRate, version.ErrorGrpcStatus, version.Workers, version.Queue));
        Assert.Equal(("cart-v1-4", 9UL, "127.0.0.1:15001", TimeSpan.FromSeconds(2)), (run.Options.Name, run.Options.Seed, run.Outbound.Outbound!.ToString(), run.Drain));
        Assert.Equal(("/", 2000), (run.Options.Service.Classes[0].Path, run.Options.Service.Classes[0].ResponseBytes));
    }

    [Fact]
    public void Every_wrong_argument_is_told_at_once()
    {
        int code = _meshlab.Run("service", "--listen", "8080", "--outbound", "https://sidecar", "--drain", "5", "--work", "cpuu", "--service-time", "5");
        Assert.Equal(ExitCode.WrongInput, code);
        foreach (string part in (string[])["--listen 8080: '8080' is not an address", "--outbound https://sidecar: 'https://sidecar' is not a sidecar's address", "--drain 5: '5' has no unit",
            "--work cpuu: 'cpuu' is no way to work. Did you mean 'cpu'?", "--service-time 5: services.service.serviceTime: '5' has no unit"])
            Assert.Contains(part, _meshlab.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--service nobody", "the scenario has no service 'nobody'")]
    [InlineData("--service payments", "which version of 'payments'? Versions: v1, v2.")]
    [InlineData("--service payments --version v3", "has no version 'v3'")]
    [InlineData("--service shop --service-time 5ms", "change it with --set services.shop.serviceTime=5ms")]
    [InlineData("--service shared --work cpu", "which only --work timer can do")]
    public void What_does_not_fit_the_scenario_is_told(string arguments, string message)
    {
        string file = _meshlab.Write("s.yaml", """
            version: 1
            duration: 1s
            services: {shop: {}, shared: {discipline: processorSharing}, payments: {versions: {v1: {}, v2: {}}}}
            workload: [{to: shop, rate: 1/s}]
            """);
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(["service", "--scenario", file, .. arguments.Split(' ')]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task It_says_where_it_listens_serves_and_drains_on_SIGTERM()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGTERM to send on Windows");
        var process = Start("dotnet", Program, "service", "--service", "cart", "--service-time", "3s", "--workers", "1", "--queue", "0", "--json");
        var line = await AnnouncementAsync(process);
        Assert.Equal(("cart", "v1", "cart-v1-0", process.Id), (line.GetProperty("service").GetString(), line.GetProperty("version").GetString(), line.GetProperty("replica").GetString(), line.GetProperty("pid").GetInt32()));
        string url = line.GetProperty("url").GetString()!;
        Assert.Equal("ready\n", await _http.GetStringAsync($"{url}/healthz"));

        // Of two at once, one is worked on and the other turned away: then the first is certainly inside.
        Task<HttpResponseMessage>[] both = [_http.GetAsync(url), _http.GetAsync(url)];
        var turnedAway = await Task.WhenAny(both);
        Assert.Equal(503, (int)(await turnedAway).StatusCode);
        await Start("kill", "-TERM", $"{process.Id}").WaitForExitAsync();
        Assert.Equal(200, (int)(await both.Single(one => one != turnedAway)).StatusCode);
        await process.WaitForExitAsync().WaitAsync(Limit);
        Assert.Equal(ExitCode.Passed, process.ExitCode);
    }

    [SkippableFact]
    public async Task It_ends_with_its_parent_however_that_dies()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill -9 on Windows");
        // The parent is a shell that holds the only other end of the child's input, and is killed without a chance to clean up.
        var parent = Start("sh", "-c", $"mkfifo '{_meshlab.File("pipe")}'; dotnet '{Program}' service --service-time 60s --json --with-parent < '{_meshlab.File("pipe")}' & exec 3> '{_meshlab.File("pipe")}'; wait");
        var line = await AnnouncementAsync(parent);
        using var child = Process.GetProcessById(line.GetProperty("pid").GetInt32());
        _ = _http.GetAsync(line.GetProperty("url").GetString());   // in progress when it happens
        parent.Kill();
        long killed = TimeProvider.System.GetTimestamp();
        await child.WaitForExitAsync().WaitAsync(Limit);
        Assert.InRange(TimeProvider.System.GetElapsedTime(killed).TotalSeconds, 0, 15);   // measured: 1.3 s
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "meshlab.dll");

    private static async Task<JsonElement> AnnouncementAsync(Process process) => JsonDocument.Parse((await process.StandardOutput.ReadLineAsync().WaitAsync(Limit))!).RootElement;

    private Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        _started.Add(process);
        return process;
    }
}
