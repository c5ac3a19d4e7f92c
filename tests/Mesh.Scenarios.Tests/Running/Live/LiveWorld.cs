using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Running.Live;

/// <summary>Synthetic services on free ports of this machine, all of one scenario, and a client.</summary>
internal sealed class LiveWorld : IAsyncDisposable
{
    private readonly List<IDisposable> _clients = [];
    private readonly List<SyntheticService> _services = [];

    private LiveWorld(WorldConfig config) => (Config, Timers) = (config, new PreciseTimers(Time, "test"));

    /// <summary>A generous limit: the machine may be busy.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(30);

    public WorldConfig Config { get; }

    public LiveTime Time { get; } = new();

    public PreciseTimers Timers { get; }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Limit };

    /// <summary>A world with the services of a scenario, of which nothing runs yet.</summary>
    public static LiveWorld Of(string yaml)
    {
        var problems = new Problems();
        var scenario = ScenarioReader.ReadText(yaml, "live.yaml", [], problems);
        Assert.True(scenario is not null, string.Join('\n', problems.Sorted()));
        return new LiveWorld(scenario.World);
    }

    /// <summary>The services' part of a scenario alone.</summary>
    public static LiveWorld WithServices(string services) =>
        Of($"version: 1\nduration: 10s\nservices:\n{string.Join('\n', services.Split('\n').Select(line => "  " + line))}\n  nobody: {{}}\nworkload: [{{to: nobody, rate: 1/s}}]\n");

    public async Task<SyntheticService> StartAsync(string service, EndpointAddress? outbound = null, ServiceWork work = ServiceWork.Timer)
    {
        var config = Config.Services.Single(one => one.Name == service);
        var client = new LiveClient(new LiveClientOptions { Outbound = outbound }, Time);
        _clients.Add(client);
        var started = await SyntheticService.StartAsync(new SyntheticServiceOptions { Service = config, Version = config.Versions[0], Seed = Config.Seed }, new LiveReplicaPorts(Timers, client, work));
        _services.Add(started);
        return started;
    }

    /// <summary>Sends a GET that carries a key.</summary>
    public async Task<HttpResponseMessage> GetAsync(SyntheticService service, string path, ulong key, int attempt = 0, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"http://{service.Address}{path}");
        request.Headers.Add(MeshHeaders.Key, MeshHeaders.Format(key));
        request.Headers.Add(MeshHeaders.AttemptCount, (attempt + 1).ToString(CultureInfo.InvariantCulture));
        return await Http.SendAsync(request, cancellation);
    }

    /// <summary>Ticks of work that an answer says it needed.</summary>
    public static long WorkOf(HttpResponseMessage response) => WorkOf(response.Headers.GetValues("server-timing").Single());

    public static long WorkOf(string serverTiming) =>
        (long)Math.Round(double.Parse(Regex.Match(serverTiming, "dur=([0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMillisecond);

    /// <summary>Waits for a fact.</summary>
    public static async Task Until(Func<bool> fact, string what)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!fact())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"waited {Limit} for: {what}");
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var service in _services)
        {
            await service.StopAsync(TimeSpan.Zero);
            await service.DisposeAsync();
        }
        foreach (var client in _clients) client.Dispose();
        Timers.Dispose();
    }
}

/// <summary>Keeps every finished request.</summary>
internal sealed class Requests : ILiveRequests
{
    public ConcurrentBag<LiveRequest> All { get; } = [];

    public void On(in LiveRequest request) => All.Add(request);
}
