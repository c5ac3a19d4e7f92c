using Mesh.Runtime.Faults;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Simulator;
using Mesh.Simulator.Faults;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One fault of the timeline in the live world: it is put in force and out of force again, any number of times.</summary>
/// <param name="plan">The fault.</param>
/// <param name="world">The world.</param>
internal abstract class LiveFault(FaultPlanConfig plan, LiveWorld world)
{
    private readonly SortedDictionary<int, string> _hit = [];
    private int _times;

    /// <summary>What it was asked to do so far, and what it did.</summary>
    public FaultMeasure Measure => new(plan.Name, _times, [.. _hit.Values], Count, RequestedDelay);

    protected LiveWorld World => world;

    protected FaultPlanConfig Plan => plan;

    protected virtual FaultCount Count => default;

    protected virtual double RequestedDelay => 0;

    /// <summary>Puts it in force.</summary>
    public Task BeginAsync(FaultSpan span)
    {
        _times++;
        return OnBeginAsync(span);
    }

    /// <summary>Takes it out of force.</summary>
    public abstract Task EndAsync();

    protected abstract Task OnBeginAsync(FaultSpan span);

    /// <summary>The replicas to hit now.</summary>
    protected IReadOnlyList<LiveReplicaHost> Choose()
    {
        var replicas = world.Fleet.Replicas;
        var chosen = ReplicaTarget.Choose(plan, world.Node.Random, replicas.Select(replica => replica.Endpoint)).Select(endpoint => endpoint.Id).ToHashSet();
        List<LiveReplicaHost> hit = [.. replicas.Where(replica => chosen.Contains(replica.Endpoint.Id))];
        foreach (var replica in hit) _hit[replica.Endpoint.Id] = replica.Endpoint.Name;
        return hit;
    }

    public static LiveFault Create(FaultPlanConfig plan, LiveWorld world) => plan.Effect switch
    {
        MeshFaultEffect effect => new LiveMeshFault(plan, effect, world),
        CrashEffect effect => new LiveCrash(plan, effect.DeregisterAfter, world),
        OutageEffect => new LiveCrash(plan, null, world),
        SlowEffect effect => new LiveSlowness(plan, effect, world),
        PartitionEffect or LinkEffect => new LiveLinkFault(plan, world),
        _ => throw new ArgumentException($"the fault '{plan.Name}' cannot be run live", nameof(plan)),
    };
}

/// <summary>A fault that the sidecars inject.</summary>
internal sealed class LiveMeshFault(FaultPlanConfig plan, MeshFaultEffect effect, LiveWorld world) : LiveFault(plan, world)
{
    private readonly FaultConfig _config = MeshFaultPlan.Config(plan, effect, world.Config);
    private ActiveFault? _active;
    private FaultCount _earlier;

    protected override FaultCount Count => _active is null ? _earlier : _earlier + _active.Count;

    protected override double RequestedDelay => _config.Delay?.Mean ?? 0;

    public override Task EndAsync()
    {
        World.Node.Plane.Faults.End(_active!);
        _earlier = Count;
        _active = null;
        return Task.CompletedTask;
    }

    protected override Task OnBeginAsync(FaultSpan span)
    {
        var endpoints = MeshFaultPlan.IsByEndpoint(Plan) ? Choose().Select(replica => replica.Endpoint.Id) : null;
        _active = World.Node.Plane.Faults.Begin(_config, World.Node.Directory.FindService(Plan.Target.Service!), span, endpoints);
        return Task.CompletedTask;
    }
}

/// <summary>Replicas crash, and start again when the fault ends.</summary>
internal sealed class LiveCrash(FaultPlanConfig plan, TimeSpan? deregisterAfter, LiveWorld world) : LiveFault(plan, world)
{
    private IReadOnlyList<LiveReplicaHost> _crashed = [];
    private ITimer? _deregistration;

    public override async Task EndAsync()
    {
        if (_deregistration is not null) await _deregistration.DisposeAsync().ConfigureAwait(false);
        foreach (var replica in _crashed)
        {
            await replica.StartAsync(CancellationToken.None).ConfigureAwait(false);
            replica.IsListed = true;
        }
        _crashed = [];
        World.Fleet.Announce();
    }

    protected override async Task OnBeginAsync(FaultSpan span)
    {
        _crashed = Choose();
        if (deregisterAfter is { } after) _deregistration = World.Node.Time.CreateTimer(static state => ((LiveCrash)state!).Deregister(), this, after, Timeout.InfiniteTimeSpan);
        await Task.WhenAll(_crashed.Select(replica => replica.CrashAsync())).ConfigureAwait(false);
    }

    private void Deregister()
    {
        foreach (var replica in _crashed) replica.IsListed = false;
        World.Fleet.Announce();
    }
}

/// <summary>Replicas work slowly.</summary>
internal sealed class LiveSlowness(FaultPlanConfig plan, SlowEffect effect, LiveWorld world) : LiveFault(plan, world)
{
    private readonly Distribution? _delay = effect.Delay is { } delay ? Distribution.Create(delay) : null;
    private readonly List<LiveReplica> _slow = [];
    private Slowdown? _slowdown;
    private FaultCount _earlier;

    protected override FaultCount Count => _slowdown is null ? _earlier : _earlier + _slowdown.Count;

    protected override double RequestedDelay => _delay?.Mean ?? 0;

    public override Task EndAsync()
    {
        foreach (var replica in _slow) replica.End(_slowdown!);
        _slow.Clear();
        _earlier = Count;
        _slowdown = null;
        return Task.CompletedTask;
    }

    protected override Task OnBeginAsync(FaultSpan span)
    {
        _slowdown = new Slowdown(Plan.Name, span, effect.Factor, _delay);
        _slow.AddRange(Choose().Select(replica => replica.Service?.Replica).OfType<LiveReplica>());
        foreach (var replica in _slow) replica.Begin(_slowdown);
        return Task.CompletedTask;
    }
}

/// <summary>The network between two places is cut or slow: the sidecars of both places hold messages back.</summary>
internal sealed class LiveLinkFault(FaultPlanConfig plan, LiveWorld world) : LiveFault(plan, world)
{
    private readonly List<(TcpFaultTable Table, ActiveTcpFault Fault)> _active = [];
    private FaultCount _earlier;

    protected override FaultCount Count => _active.Aggregate(_earlier, (sum, one) => sum + Counted(one.Fault.Count));

    protected override double RequestedDelay => Plan.Effect is LinkEffect { Delay: { } delay } ? Distribution.Create(delay).Mean : 0;

    public override Task EndAsync()
    {
        foreach (var (table, fault) in _active) table.End(fault);
        _earlier = Count;
        _active.Clear();
        return Task.CompletedTask;
    }

    protected override Task OnBeginAsync(FaultSpan span)
    {
        var link = Plan.Target.Link!;
        var config = new TcpFaultConfig { Name = Plan.Name, Toxic = ToxicOf(Plan.Effect), From = PlaceOf(link.From), To = PlaceOf(link.To) };
        var back = config with { From = config.To, To = config.From };
        // A partition goes by its places; a delay hits both streams of the connections of both sides.
        TcpFaultConfig[] all = config.Toxic is PartitionConfig ? [config]
            : [config, config with { Stream = TcpStream.Upstream }, .. link.From == link.To ? [] : new[] { back, back with { Stream = TcpStream.Upstream } }];
        foreach (var proxy in World.Node.Proxies) _active.AddRange(all.Select(one => (proxy.TcpFaults, proxy.TcpFaults.Begin(one, span))));
        return Task.CompletedTask;
    }

    private static FaultCount Counted(ToxicCount count) => new()
    {
        Eligible = count.Eligible, Requested = count.Requested, Injected = count.Hit, Delayed = count.Chunks, DelayTicks = count.DelayTicks, Aborted = count.Refused,
    };

    /// <summary>What the sidecars do for an effect; <c>null</c> where they cannot.</summary>
    public static ToxicConfig? TryToxicOf(FaultEffect effect) => effect switch
    {
        PartitionEffect { Flap: null } partition => new PartitionConfig { OneWay = partition.OneWay },
        LinkEffect { Loss: 0, Delay: { Kind: DistributionKind.Constant } delay } => new LatencyToxicConfig { Latency = TimeSpan.FromSeconds(delay.Mean!.Value) },
        _ => null,
    };

    private static ToxicConfig ToxicOf(FaultEffect effect) => TryToxicOf(effect) ?? throw new InvalidOperationException("a link fault that validation lets through");

    private TcpPlace PlaceOf(string name) => World.Config.Zones.Contains(name) ? new TcpPlace { Zone = name } : new TcpPlace { Service = name };
}
