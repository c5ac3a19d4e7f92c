using Mesh.Runtime.Faults;
using Mesh.Simulator;
using Mesh.Simulator.Faults;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One fault of the timeline in the live world: it is put in force and out of force again, any number of times.</summary>
/// <param name="world">The world.</param>
/// <param name="number">The fault's number in the scenario.</param>
internal abstract class LiveFault(LiveWorld world, int number)
{
    private readonly SortedDictionary<int, string> _hit = [];
    private int _times;
    private FaultCount _count;

    /// <summary>What it was asked to do until it was last taken out of force, and what it did.</summary>
    public FaultMeasure Measure => new(Plan.Name, _times, [.. _hit.Values], _count, RequestedDelay);

    protected LiveWorld World => world;

    protected FaultPlanConfig Plan => world.Config.Faults[number];

    protected virtual double RequestedDelay => 0;

    /// <summary>Puts it in force.</summary>
    public Task BeginAsync(FaultSpan span)
    {
        _times++;
        return OnBeginAsync(span);
    }

    /// <summary>Takes it out of force.</summary>
    public async Task EndAsync() => _count += await OnEndAsync().ConfigureAwait(false);

    protected abstract Task OnBeginAsync(FaultSpan span);

    protected abstract Task<FaultCount> OnEndAsync();

    protected Injection Injection(FaultSpan span, IReadOnlyList<int>? endpoints) => new(world.NextInjection(), number, span, endpoints);

    /// <summary>The replicas to hit now.</summary>
    protected IReadOnlyList<LiveReplicaHost> Choose()
    {
        var replicas = world.Fleet.Replicas;
        var chosen = ReplicaTarget.Choose(Plan, world.Random, replicas.Select(replica => replica.Endpoint)).Select(endpoint => endpoint.Id).ToHashSet();
        List<LiveReplicaHost> hit = [.. replicas.Where(replica => chosen.Contains(replica.Endpoint.Id))];
        foreach (var replica in hit) _hit[replica.Endpoint.Id] = replica.Endpoint.Name;
        return hit;
    }

    public static LiveFault Create(LiveWorld world, int number)
    {
        var plan = world.Config.Faults[number];
        return plan.Effect switch
        {
            MeshFaultEffect effect => new LiveSidecarFault(world, number, effect.Delay is { } delay ? Distribution.Create(delay).Mean : 0),
            PartitionEffect => new LiveSidecarFault(world, number, 0),
            LinkEffect effect => new LiveSidecarFault(world, number, effect.Delay is { } delay ? Distribution.Create(delay).Mean : 0),
            CrashEffect effect => new LiveCrash(world, number, effect.DeregisterAfter),
            OutageEffect => new LiveCrash(world, number, null),
            SlowEffect effect => new LiveSlowness(world, number, effect.Delay is { } delay ? Distribution.Create(delay).Mean : 0),
            PauseEffect => new LivePause(world, number),
            _ => throw new ArgumentException($"the fault '{plan.Name}' cannot be run live", nameof(number)),
        };
    }
}

/// <summary>A fault that the sidecars inject: into requests, or into the connections between two places.</summary>
internal sealed class LiveSidecarFault(LiveWorld world, int number, double requestedDelay) : LiveFault(world, number)
{
    private Injection? _injection;

    protected override double RequestedDelay => requestedDelay;

    protected override Task OnBeginAsync(FaultSpan span)
    {
        var endpoints = Plan.Effect is MeshFaultEffect && MeshFaultPlan.IsByEndpoint(Plan) ? Choose().Select(replica => replica.Endpoint.Id).ToList() : null;
        return World.Host.BeginAsync(_injection = Injection(span, endpoints));
    }

    protected override Task<FaultCount> OnEndAsync() => World.Host.EndAsync(_injection!);
}

/// <summary>Replicas crash, and start again when the fault ends.</summary>
internal sealed class LiveCrash(LiveWorld world, int number, TimeSpan? deregisterAfter) : LiveFault(world, number)
{
    private IReadOnlyList<LiveReplicaHost> _crashed = [];
    private ITimer? _deregistration;

    protected override async Task<FaultCount> OnEndAsync()
    {
        if (_deregistration is not null) await _deregistration.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_crashed.Select(replica => replica.StartAsync(CancellationToken.None))).ConfigureAwait(false);
        foreach (var replica in _crashed) replica.IsListed = true;
        _crashed = [];
        await World.Fleet.AnnounceAsync().ConfigureAwait(false);
        return default;
    }

    protected override async Task OnBeginAsync(FaultSpan span)
    {
        _crashed = Choose();
        if (deregisterAfter is { } after) _deregistration = World.Time.CreateTimer(static state => ((LiveCrash)state!).Deregister(), this, after, Timeout.InfiniteTimeSpan);
        await Task.WhenAll(_crashed.Select(replica => replica.CrashAsync())).ConfigureAwait(false);
    }

    private void Deregister()
    {
        foreach (var replica in _crashed) replica.IsListed = false;
        _ = World.Fleet.AnnounceAsync();
    }
}

/// <summary>Replicas work slowly.</summary>
internal sealed class LiveSlowness(LiveWorld world, int number, double requestedDelay) : LiveFault(world, number)
{
    private IReadOnlyList<ILiveService> _slow = [];
    private Injection? _injection;

    protected override double RequestedDelay => requestedDelay;

    protected override Task OnBeginAsync(FaultSpan span)
    {
        _injection = Injection(span, null);
        _slow = [.. Choose().Select(replica => replica.Service).OfType<ILiveService>()];
        return Task.WhenAll(_slow.Select(service => service.BeginAsync(_injection)));
    }

    protected override async Task<FaultCount> OnEndAsync()
    {
        var counts = await Task.WhenAll(_slow.Select(service => service.EndAsync(_injection!))).ConfigureAwait(false);
        return counts.Aggregate(default(FaultCount), (sum, count) => sum + count);
    }
}

/// <summary>Applications stand still with their connections open, and go on when the fault ends.</summary>
internal sealed class LivePause(LiveWorld world, int number) : LiveFault(world, number)
{
    private IReadOnlyList<IAsyncDisposable> _paused = [];

    protected override async Task OnBeginAsync(FaultSpan span) =>
        _paused = await Task.WhenAll(Choose().Select(replica => replica.Application).OfType<ILiveApplication>().Select(application => application.PauseAsync())).ConfigureAwait(false);

    protected override async Task<FaultCount> OnEndAsync()
    {
        foreach (var paused in _paused) await paused.DisposeAsync().ConfigureAwait(false);
        return default;
    }
}
