using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Scenarios.Running.Live.Isolation;

namespace Mesh.Scenarios.Tests.Running.Live.Isolation;

/// <summary>A world whose sidecars and services are processes: what becomes of those that stand still, crash, or die of themselves.</summary>
public sealed class IsolatedHostTests
{
    private static readonly ScenarioText Shop = new("shop.yaml", """
        version: 1
        duration: 1m
        services: {shop: {}, pay: {}}
        workload: [{to: shop, rate: 1/s}]
        faults: [{name: down, at: 0s, for: 1m, target: {service: shop}, site: server, abort: 418}]
        """, [], new ImportOptions());

    [SkippableFact]
    public async Task Processes_stand_still_crash_and_die_and_the_rest_goes_on()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "processes are looked up in /proc");
        var problems = new Problems();
        var config = Shop.Read(problems)!.World;
        var host = new IsolatedHost(new IsolatedHostOptions { Config = config, Scenario = Shop, Directory = new MeshDirectory(), Events = new Nobody() });
        await using var world = new Mesh.Scenarios.Running.Live.LiveWorld(host);
        await world.StartAsync(CancellationToken.None);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://{world.Ingress}"), Timeout = LiveWorld.Limit };
        var (shop, pay) = (world.Fleet.Replicas[0], world.Fleet.Replicas[1]);
        Assert.Equal(200, await AskAsync("shop"));

        Task<int> answer;
        await using (await pay.Application!.PauseAsync())
        {
            await LiveWorld.Until(() => State(pay.Application.ProcessId!.Value) == 'T', "it stands still");
            answer = AskAsync("pay");
            await Task.Delay(TimeSpan.FromMilliseconds(500));
            Assert.False(answer.IsCompleted);
        }
        Assert.Equal(200, await answer);   // the connection stayed open, and what came was put off

        int before = shop.Sidecar!.ProcessId!.Value;
        await shop.CrashAsync();
        Assert.Equal(503, await AskAsync("shop"));
        var injection = new Injection(1, 0, new FaultSpan(0, long.MaxValue), null);
        await host.BeginAsync(injection);
        await shop.StartAsync(CancellationToken.None);
        await world.Fleet.AnnounceAsync();
        Assert.NotEqual(before, shop.Sidecar!.ProcessId!.Value);
        await LiveWorld.Until(() => AskAsync("shop").Result == 418, "the fault that began meanwhile");   // before, the ingress may still know the crash
        await shop.CrashAsync();   // what the fault did at the one that is killed is not lost
        Assert.InRange((await host.EndAsync(injection)).Aborted, 1, 1000);
        await shop.StartAsync(CancellationToken.None);
        await world.Fleet.AnnounceAsync();
        await LiveWorld.Until(() => AskAsync("shop").Result == 200, "the fault's end");
        Assert.Empty(host.Warnings);

        using (var kill = System.Diagnostics.Process.Start("kill", ["-KILL", $"{pay.Application.ProcessId}"])) await kill.WaitForExitAsync();
        await LiveWorld.Until(() => host.Warnings.Count > 0, "a warning");
        Assert.Equal($"service pay-v1-0 (process {pay.Application.ProcessId}) was ended by signal 9.", Assert.Single(host.Warnings));
        Assert.Null(await pay.Service!.ReadAsync());
        await pay.Service.EndAsync(injection);   // what it would have to tell is missing, and that is told
        Assert.Contains("pay-v1-0 ended before it answered (EndInjection)", host.Warnings[^1], StringComparison.Ordinal);
        Assert.NotNull(await shop.Service!.ReadAsync());
        Assert.Equal(200, await AskAsync("shop"));

        async Task<int> AskAsync(string service)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = service } };
            using var response = await client.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    private static char State(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }

    private sealed class Nobody : IMeshEvents
    {
        public void On(in MeshEvent e) { }
    }
}
