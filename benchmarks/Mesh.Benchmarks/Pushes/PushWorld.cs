using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;

namespace Mesh.Benchmarks.Pushes;

/// <summary>The same actors and agents in the virtual world: services that all call one, whose number of replicas changes.</summary>
internal static class PushWorld
{
    private const int Replicas = 4;

    /// <summary>Runs the world.</summary>
    /// <param name="proxies">Proxies that use the service that changes.</param>
    /// <param name="changes">Changes, a second apart.</param>
    /// <returns>Virtual milliseconds to each proxy, and to each change's last; and pushes to proxies that do not use the service.</returns>
    public static (List<double> Each, List<double> Last, int Others) Measure(int proxies, int changes)
    {
        var directory = new MeshDirectory();
        var applied = new Applied();
        var duration = TimeSpan.FromSeconds(changes + 1);
        var config = new WorldConfig
        {
            Duration = duration,
            Services = [Service("hub", 10), Service("other", proxies), .. Enumerable.Range(0, proxies / Replicas).Select(i => Service($"s{i}", Replicas, "hub"))],
            Network = new NetworkConfig { SameZone = new LinkConfig { Latency = new DistributionConfig { Mean = 0.0003, P99 = 0.001 } } },
            Workloads = [new WorkloadConfig { Name = "load", To = "other", Stages = [new StageConfig { For = duration, Rate = 1 }] }],
            Scale = [.. Enumerable.Range(1, changes).Select(i => new ScaleConfig { At = TimeSpan.FromSeconds(i), Service = "hub", Replicas = 10 + i % 2 })],
        };
        using (var world = new World(config, directory, applied)) world.Run();
        var later = applied.All.Where(one => one.At > 0).ToList();
        bool Uses(int proxy) => directory.Proxies[proxy].Name.StartsWith('s');
        var each = later.Where(one => Uses(one.Proxy)).Select(one => (Change: one.At / TimeSpan.TicksPerSecond, Milliseconds: one.At % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerMillisecond)).ToList();
        return ([.. each.Select(one => one.Milliseconds)], [.. each.GroupBy(one => one.Change).Select(change => change.Max(one => one.Milliseconds))],
            later.Count(one => directory.Proxies[one.Proxy].Name.StartsWith("other", StringComparison.Ordinal)));
    }

    private static ServiceConfig Service(string name, int replicas, params string[] calls) => new()
    {
        Name = name,
        Versions = [new VersionConfig { Replicas = replicas, ServiceTime = new DistributionConfig { Kind = DistributionKind.Constant, Mean = 0.001 } }],
        Classes = [new RequestClassConfig { Path = "/", Script = [.. calls.Select(to => new CallStep { To = to })] }],
    };

    private sealed class Applied : IMeshEvents
    {
        public List<(int Proxy, long At)> All { get; } = [];

        public void On(in MeshEvent e)
        {
            if (e.Kind == MeshEventKind.SnapshotApplied) All.Add((e.Proxy, e.At));
        }
    }
}
