using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Actors;
using Mesh.Simulator.Faults;
using Mesh.Simulator.Network;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;
using Mesh.Simulator.Workloads;
using Polly.Telemetry;

namespace Mesh.Simulator;

/// <summary>
/// One replication of a virtual world: the composition root that puts the real mesh (pipelines, Polly, Akka) on virtual time,
/// the modelled network and synthetic services, and runs the load through it. One thread runs all of it.
/// </summary>
public sealed class World : IDisposable
{
    /// <summary>The service name under which load enters the mesh.</summary>
    public const string Ingress = "ingress";

    /// <summary>The SPIFFE identity of the ingress.</summary>
    public const string IngressIdentity = "spiffe://cluster.local/ns/default/sa/ingress";

    private readonly WorldConfig _config;
    private readonly MeshDirectory _directory;
    private readonly KeyedRandom _random;
    private readonly DataPlane _plane;
    private readonly VirtualNetwork _network;
    private readonly ControlChannel _channel;
    private readonly VirtualActorSystem _actors;
    private readonly Fleet _fleet;
    private readonly FaultSchedule? _faults;
    private readonly Workload[] _workloads;

    /// <summary>Sets the world up; nothing runs yet.</summary>
    /// <param name="config">What there is.</param>
    /// <param name="directory">Where names are entered; empty.</param>
    /// <param name="events">Where decisions are reported.</param>
    /// <param name="polly">Told what Polly's strategies do; <c>null</c> leaves their telemetry off, which is faster.</param>
    public World(WorldConfig config, MeshDirectory directory, IMeshEvents events, TelemetryListener? polly = null)
    {
        _config = config;
        _directory = directory;
        _random = new KeyedRandom(config.Seed);
        Loop = new EventLoop();
        var time = new VirtualTimeProvider(Loop);
        _network = new VirtualNetwork(config, Loop, _random);
        _plane = new DataPlane(time, _random, new OnLoopThread(Loop, events), _network, polly) { Directory = directory, Probe = _network, HealthProbe = new VirtualProbe(_network) };
        _actors = VirtualActorSystem.Create(Loop, "control-plane");
        _channel = new ControlChannel(Loop, _network, _random, _actors.System, config.Mesh);
        _channel.Start();

        var ingress = AddIngress();
        _fleet = new Fleet(config, directory, _plane, _network, _channel, _random, Loop);
        if (config.Faults.Count > 0) _faults = new FaultSchedule(config, new FaultWorld(Loop, _random, directory, new OnLoopThread(Loop, events), _plane.Faults, _fleet, _network, _channel));
        var workloadWorld = new WorkloadWorld(Loop, time, _random, directory, ingress);
        _workloads = [.. config.Workloads.Select((workload, index) => Workload.Create(workload, index, workloadWorld))];
        directory.AddRouteClasses(config.Mesh);
    }

    /// <summary>The event loop, for its counters.</summary>
    public EventLoop Loop { get; }

    /// <summary>Requests sent into the mesh so far.</summary>
    public long Sent => _workloads.Sum(w => w.Sent);

    /// <summary>Requests sent and not yet answered.</summary>
    public int InProgress => _workloads.Sum(w => w.InProgress);

    /// <summary>What the replicas' workers did since the end of the warm-up.</summary>
    public IReadOnlyList<ReplicaLoad> Loads => _fleet.Loads(Loop.Now);

    /// <summary>What each fault of the timeline was asked to do, and what it did; in the file's order.</summary>
    public IReadOnlyList<FaultMeasure> Faults => _faults?.Measures ?? [];

    /// <summary>Runs the load for the configured time, then lets requests in progress end.</summary>
    /// <param name="progress">Told the virtual time reached, once a virtual second; may be <c>null</c>.</param>
    /// <param name="cancellation">Stops the run within a virtual second; what was done so far stands.</param>
    public WorldResult Run(Action<TimeSpan>? progress = null, CancellationToken cancellation = default)
    {
        _fleet.Start();
        Loop.RunUntil(0);
        _channel.Starting = false;

        long end = _config.Duration.Ticks;
        _faults?.Start();
        foreach (var workload in _workloads) workload.Start(end);
        foreach (var change in _config.Scale) _fleet.ScheduleChange(change);
        _fleet.ScheduleMeasurement(_config.Warmup.Ticks, end);

        bool stopped = !RunTo(end, progress, cancellation);
        if (!stopped) Drain(end);
        return new WorldResult(stopped ? "cancelled" : "completed", TimeSpan.FromTicks(Loop.Now), Sent, InProgress);
    }

    /// <summary>Ends the actors. Breakers and timers need no ending: nothing outside the world holds them.</summary>
    public void Dispose() => _actors.Dispose();

    private OutboundPipeline AddIngress()
    {
        string zone = _config.Zones.Count > 0 ? _config.Zones[0] : "";
        int proxy = _directory.AddProxy(Ingress, Ingress, zone);
        foreach (var service in _config.Services) _directory.AddService(service.Name);
        var pipeline = new OutboundPipeline(_plane, _directory.Proxies[proxy], IngressIdentity) { Caller = new CallerInfo { Service = Ingress } };
        _network.Attach(proxy, _directory.FindService(Ingress), zone);
        _channel.Connect(new ProxyNode(proxy, Ingress, Ingress, Subscriptions.OfIngress(_config, _directory)), new ProxyAgent(pipeline));
        return pipeline;
    }

    private bool RunTo(long end, Action<TimeSpan>? progress, CancellationToken cancellation)
    {
        for (long until = 0; until < end;)
        {
            if (cancellation.IsCancellationRequested) return false;
            until = Math.Min(end, until + TimeSpan.TicksPerSecond);
            Loop.RunUntil(until);
            progress?.Invoke(TimeSpan.FromTicks(until));
        }
        return true;
    }

    /// <summary>Lets requests end that were sent before the end, for at most as long as the run took and at least a minute.</summary>
    private void Drain(long end)
    {
        long limit = end + Math.Max(end, TimeSpan.TicksPerMinute);
        while (InProgress > 0 && Loop.Now < limit) Loop.RunUntil(Loop.Now + TimeSpan.TicksPerSecond);
    }

    /// <summary>Holds every decision to the simulation thread: one that runs elsewhere would not be reproducible.</summary>
    private sealed class OnLoopThread(EventLoop loop, IMeshEvents inner) : IMeshEvents
    {
        public void On(in MeshEvent e)
        {
            loop.AssertOnThread();
            inner.On(in e);
        }
    }
}

/// <summary>How a run ended.</summary>
/// <param name="StopReason"><c>completed</c> or <c>cancelled</c>.</param>
/// <param name="VirtualTime">The virtual time at the end.</param>
/// <param name="Sent">Requests sent into the mesh.</param>
/// <param name="Unanswered">Requests that had no answer when the run ended.</param>
public sealed record WorldResult(string StopReason, TimeSpan VirtualTime, long Sent, int Unanswered);
