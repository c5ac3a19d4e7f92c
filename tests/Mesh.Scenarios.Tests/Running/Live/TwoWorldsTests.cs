using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Running.Live;

/// <summary>One scenario in both worlds: the same requests by the same keys, with the same calls, demands, sizes and errors.</summary>
public sealed class TwoWorldsTests
{
    // Workers for everybody: how long a request is inside is then its demand, in the virtual world to the tick.
    private const string Scenario = """
        version: 1
        seed: 77
        duration: 2s
        services:
          front:
            workers: 1000
            serviceTime: {mean: 1ms, p99: 5ms}
            endpoints:
              - path: /checkout
                responseSize: 2KB
                calls:
                  - parallel: [{to: pay, path: /pay, probability: 60%}, {to: stock, path: /reserve, optional: true}]
                  - oneOf: [{to: stock, path: /a, weight: 3}, {to: stock, path: /b, weight: 1}]
              - path: /home
                errorRate: 20%
                calls: [{sleep: {mean: 2ms}}, {to: pay, path: /quote, probability: 30%}]
          pay: {workers: 1000, serviceTime: {mean: 4ms, p99: 20ms}, errorRate: 10%, endpoints: [{path: /pay, responseSize: 1KB}, {path: /quote, serviceTime: {mean: 1ms}}]}
          stock: {workers: 1000, serviceTime: {distribution: weibull, mean: 3ms, cv: 2}, errorRate: 5%}
        workload:
          - {to: front, mix: [{path: /checkout, weight: 2}, {path: /home}], stages: [{for: 1s, rate: 60/s}, {for: 1s, rate: 60/s, rampTo: 120/s}]}
          - {name: users, to: front, mix: [{path: /home}], users: 3, thinkTime: {mean: 200ms}}
        """;

    private sealed record Request(string Service, string Path, ulong Key, ulong Parent);

    private sealed record Outcome(int Status, long Bytes, long Demand);

    [Fact]
    public async Task The_same_request_has_the_same_calls_demand_size_and_error_in_both_worlds()
    {
        await using var world = LiveWorld.Of(Scenario);
        var (expected, closed) = Virtual(world.Config);
        var (lived, report) = await LiveAsync(world);

        var open = expected.Where(one => !closed.Contains(one.Key.Key)).ToDictionary();
        Assert.InRange(open.Count, 200, 1000);
        Assert.Equal((0, 0), (report.Refused, report.Unanswered));
        // The closed loop's users begin alike, and then go at the pace of each world's answers.
        Assert.All(open, one => Assert.Equal(one.Value, lived.GetValueOrDefault(one.Key)));
        var more = lived.Keys.Except(expected.Keys).ToList();
        Assert.All(more.Where(one => one.Parent == 0), one => Assert.Equal("/home", one.Path));
        Assert.True(closed.Count(key => lived.Keys.Any(one => one.Key == key)) >= 3);
    }

    /// <summary>All requests of the virtual world, and the keys of those that come from the closed loop, calls included.</summary>
    private static (Dictionary<Request, Outcome> Requests, HashSet<ulong> Closed) Virtual(WorldConfig config)
    {
        var (all, _) = Run(config);
        var (open, _) = Run(config with { Workloads = [config.Workloads[0]] });
        return (all, [.. all.Keys.Except(open.Keys).Select(one => one.Key)]);
    }

    private static (Dictionary<Request, Outcome> Requests, int Count) Run(WorldConfig config)
    {
        var directory = new MeshDirectory();
        var events = new Events();
        using var world = new World(config, directory, events);
        world.Run();
        var inside = events.All.Where(e => e.Kind == MeshEventKind.InboundEnded).ToDictionary(e => e.Request, e => e.Duration);
        var requests = events.All.Where(e => e.Kind == MeshEventKind.RequestEnded).ToDictionary(
            e => new Request(directory.Services[e.Service], directory.Classes[e.Class].Path, e.Request, e.Parent),
            e => new Outcome(e.Outcome, e.Bytes, directory.Services[e.Service] == "front" ? 0 : inside[e.Request]));
        return (requests, requests.Count);
    }

    private static async Task<(Dictionary<Request, Outcome> Requests, LiveLoadReport Report)> LiveAsync(LiveWorld world)
    {
        await using var router = await HostRouter.StartAsync();
        foreach (var service in world.Config.Services) router.Route(service.Name, await world.StartAsync(service.Name, router.Address));
        var options = new LiveWorkloadOptions { Client = new LiveClientOptions { Outbound = router.Address } };
        var requests = new Requests();
        await using var load = new LiveWorkload(world.Config.Workloads, world.Config.Seed, options, requests, world.Time);
        var report = await load.RunAsync(world.Timers.Now, world.Config.Duration);
        Assert.Equal(report.Sent, requests.All.Count);
        return (router.Seen.ToDictionary(
            call => new Request(call.Service, call.Path, call.Key, call.Parent),
            call => new Outcome(call.Status, call.Bytes, call.Service == "front" ? 0 : LiveWorld.WorkOf(call.ServerTiming))), report);
    }

    private sealed class Events : IMeshEvents
    {
        public List<MeshEvent> All { get; } = [];

        public void On(in MeshEvent e) => All.Add(e);
    }
}
