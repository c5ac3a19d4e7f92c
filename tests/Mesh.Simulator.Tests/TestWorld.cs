using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Faults;
using Mesh.Simulator.Services;
using Polly.Telemetry;

namespace Mesh.Simulator.Tests;

/// <summary>A small world that remembers every decision, for tests that look at single events.</summary>
internal sealed class TestWorld : IMeshEvents
{
    public List<MeshEvent> Events { get; } = [];

    public MeshDirectory Directory { get; } = new();

    public WorldResult Result { get; private set; } = null!;

    public IReadOnlyList<ReplicaLoad> Loads { get; private set; } = [];

    public IReadOnlyList<FaultMeasure> Faults { get; private set; } = [];

    public HashSet<int> Threads { get; } = [];

    public void On(in MeshEvent e)
    {
        Threads.Add(Environment.CurrentManagedThreadId);
        Events.Add(e);
    }

    public static TestWorld Run(WorldConfig config, TelemetryListener? polly = null)
    {
        var test = new TestWorld();
        using var world = new World(config, test.Directory, test, polly);
        test.Result = world.Run();
        test.Loads = world.Loads;
        test.Faults = world.Faults;
        return test;
    }

    public IEnumerable<MeshEvent> Of(MeshEventKind kind) => Events.Where(e => e.Kind == kind);

    /// <summary>Ends of requests that entered through the ingress.</summary>
    public IEnumerable<MeshEvent> Roots => Of(MeshEventKind.RequestEnded).Where(e => Directory.Proxies[e.Proxy].Name == World.Ingress);

    public string EndpointOf(in MeshEvent e) => Directory.Endpoints[e.Endpoint].Name;

    /// <summary>Every field that the trace hash covers, as one comparable list.</summary>
    public IReadOnlyList<(long, int, ulong, int, MeshEventKind, int, int, ResponseFlags)> Trace =>
        [.. Events.Select(e => (e.At, e.Proxy, e.Request, e.Attempt, e.Kind, e.Endpoint, e.Outcome, e.Flags))];
}

/// <summary>Short ways to write configurations.</summary>
internal static class Build
{
    public static DistributionConfig Constant(double milliseconds) => DistributionConfig.Constant(milliseconds / 1000);

    public static DistributionConfig Exponential(double milliseconds) => new() { Kind = DistributionKind.Exponential, Mean = milliseconds / 1000 };

    public static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    public static ServiceConfig Service(string name, DistributionConfig serviceTime, int replicas = 1, int workers = 1, int? queue = null, params StepConfig[] script) => new()
    {
        Name = name,
        Versions = [new VersionConfig { Replicas = replicas, Workers = workers, Queue = queue, ServiceTime = serviceTime }],
        Classes = script.Length == 0 ? [] : [new RequestClassConfig { Path = "/", Script = script }],
    };

    /// <summary>Constant arrivals, the first after one gap.</summary>
    public static WorkloadConfig Load(string to, double perSecond, double seconds, ArrivalProcess arrivals = ArrivalProcess.Constant) => new()
    {
        Name = "load",
        To = to,
        Arrivals = arrivals,
        Stages = [new StageConfig { For = TimeSpan.FromSeconds(seconds), Rate = perSecond }],
    };

    public static WorldConfig World(double seconds, IReadOnlyList<ServiceConfig> services, params WorkloadConfig[] workloads) => new()
    {
        Duration = TimeSpan.FromSeconds(seconds),
        Services = services,
        Workloads = workloads,
        Network = new NetworkConfig { MutualTls = false },
    };
}
