using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>One proxy before one service of some replicas, in virtual time, over a scripted upstream. Times are milliseconds.</summary>
internal sealed class TestMesh : IMeshEvents
{
    private readonly RequestClass _class = new(0, 0, "payments", "/pay");
    private readonly int _replicas;
    private ulong _nextKey;
    private long _version;

    public TestMesh(PolicyConfig? policy = null, int replicas = 3, ulong seed = 1, TimeProvider? time = null, EventLoop? loop = null)
    {
        Loop = loop ?? new EventLoop();
        Time = time ?? new VirtualTimeProvider(Loop);
        Upstream = new ScriptedUpstream(Loop);
        Plane = new DataPlane(Time, new KeyedRandom(seed), this, Upstream);
        Outbound = new OutboundPipeline(Plane, new ProxyEntry(0, "test", -1, ""), "spiffe://cluster.local/ns/default/sa/test");
        _replicas = replicas;
        Apply(policy ?? new());
    }

    public EventLoop Loop { get; }

    public TimeProvider Time { get; }

    public ScriptedUpstream Upstream { get; }

    public DataPlane Plane { get; }

    public OutboundPipeline Outbound { get; }

    /// <summary>What was reported, in order.</summary>
    public List<MeshEvent> Events { get; } = [];

    /// <summary>Sees each event as it happens.</summary>
    public Action<MeshEvent>? Watch { get; set; }

    /// <summary>The calls made, in order.</summary>
    public List<Call> Calls { get; } = [];

    public double Now => Loop.Now / (double)TimeSpan.TicksPerMillisecond;

    public static long Ticks(double milliseconds) => (long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond);

    public static Endpoint Endpoint(int id) => new() { Id = id, Name = $"payments-{id}", Service = "payments" };

    public IEnumerable<MeshEvent> Of(MeshEventKind kind) => Events.Where(e => e.Kind == kind);

    /// <summary>What the proxy knows about the service.</summary>
    public ServiceState State => Outbound.Service(0)!;

    /// <summary>A newer snapshot with this policy and these endpoints; all replicas where none are given.</summary>
    public void Apply(PolicyConfig policy, params int[] endpoints)
    {
        if (endpoints.Length == 0) endpoints = [.. Enumerable.Range(0, _replicas)];
        Outbound.Apply(new MeshSnapshot(++_version,
        [
            new ServiceModel { Id = 0, Name = "payments", Endpoints = [.. endpoints.Select(Endpoint)], Policy = ServicePolicy.From(policy) },
        ]));
    }

    /// <summary>The service leaves the mesh.</summary>
    public void RemoveService() => Outbound.Apply(new MeshSnapshot(++_version, []));

    /// <summary>A call that starts at <paramref name="at"/>; the next key is drawn for it where none is given.</summary>
    public Call Call(double at = 0, ulong? key = null)
    {
        var call = new Call(this, new MeshRequest { Class = _class, Key = key ?? ++_nextKey, IntendedStart = Ticks(at) });
        Calls.Add(call);
        At(at, call.Start);
        return call;
    }

    public void At(double at, Action action) => Loop.Schedule(new Callback(action), Ticks(at));

    /// <summary>Runs until <paramref name="until"/>; a call that threw throws here.</summary>
    public void Run(double until = 100_000)
    {
        Loop.RunUntil(Ticks(until));
        foreach (var call in Calls) call.ThrowIfFailed();
    }

    public void On(in MeshEvent e)
    {
        if (Events.Count > 0) Loop.AssertOnThread();
        Events.Add(e);
        Watch?.Invoke(e);
    }

    private sealed class Callback(Action action) : SimEvent
    {
        protected override void Fire() => action();
    }
}
