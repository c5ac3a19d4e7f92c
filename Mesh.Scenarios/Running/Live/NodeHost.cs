using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>All sidecars and synthetic services of a live world in this process.</summary>
internal sealed class NodeHost : ILiveHost
{
    private readonly PreciseTimers _timers;
    private readonly LiveIdentities _identities;
    private readonly List<WorkloadIdentity> _issued = [];
    private readonly SidecarFaults _faults;
    private readonly Reconciler _reconciler;
    private long _starts;

    /// <summary>A node without any sidecar.</summary>
    /// <param name="config">The scenario's world.</param>
    /// <param name="directory">Where names are entered; empty.</param>
    /// <param name="events">Where decisions are reported.</param>
    /// <param name="telemetry">What the sidecars tell the outside. Default: nothing.</param>
    public NodeHost(WorldConfig config, MeshDirectory directory, IMeshEvents events, TelemetryConfig? telemetry = null)
    {
        Config = config;
        LiveNames.Enter(config, directory);
        Node = new LiveNode(new LiveNodeOptions { Seed = config.Seed, Directory = directory, Events = events, Telemetry = telemetry ?? new TelemetryConfig { Metrics = null } });
        _timers = new PreciseTimers(Time, "service time");
        _identities = new LiveIdentities(config.Network.MutualTls, Time);
        _faults = new SidecarFaults(config, Node);
        _reconciler = new Reconciler(config.Mesh);
    }

    public WorldConfig Config { get; }

    /// <summary>The sidecars' node.</summary>
    public LiveNode Node { get; }

    public LiveTime Time => Node.Time;

    public MeshDirectory Directory => Node.Directory;

    public bool IsIsolated => false;

    public int Parallelism => 1;

    public TimeSpan Rehearsal { get; } = TimeSpan.FromSeconds(5);

    public IReadOnlyList<string> Warnings => [];

    public Task<ILiveSidecar> StartIngressAsync(CancellationToken cancellation) => StartAsync(ReplicaPlan.Ingress(Config), cancellation);

    public Task<ILiveSidecar> StartSidecarAsync(ReplicaPlan plan, CancellationToken cancellation) => StartAsync(plan.Sidecar(), cancellation);

    public async Task<ILiveService> StartServiceAsync(ReplicaPlan plan, EndpointAddress sidecar, CancellationToken cancellation) =>
        new LocalService(await SyntheticApplication.StartAsync(plan.Synthetic(Config.Seed), _timers, sidecar, Time, cancellation).ConfigureAwait(false), Config);

    public Task AnnounceAsync(IReadOnlyList<ServiceEndpoints> services)
    {
        _reconciler.Observe(services);
        var snapshot = _reconciler.SnapshotFor(Subscription.All);
        foreach (var proxy in Node.Proxies) proxy.Agent?.Receive(snapshot);
        return Task.CompletedTask;
    }

    public Task BeginAsync(Injection injection)
    {
        _faults.Begin(injection);
        return Task.CompletedTask;
    }

    public Task<FaultCount> EndAsync(Injection injection) => Task.FromResult(_faults.End(injection.Number));

    public Task SettleAsync() => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync().ConfigureAwait(false);
        foreach (var identity in _issued) await identity.DisposeAsync().ConfigureAwait(false);
        _timers.Dispose();
    }

    private async Task<ILiveSidecar> StartAsync(LiveProxyConfig config, CancellationToken cancellation)
    {
        WorkloadIdentity? identity = null;
        if (_identities.IssuerFor(config.Identity) is { } issuer)
        {
            identity = await WorkloadIdentities.IssuedAsync(issuer, Time, Config.Seed + (ulong)Interlocked.Increment(ref _starts), cancellation).ConfigureAwait(false);
            lock (_issued) _issued.Add(identity);
        }
        var proxy = Node.Add(config, identity);
        await proxy.StartAsync(cancellation).ConfigureAwait(false);
        _faults.Joined(proxy);
        return new LocalSidecar(proxy);
    }

    private sealed class LocalSidecar(LiveProxy proxy) : ILiveSidecar
    {
        public EndpointAddress Outbound => new("127.0.0.1", proxy.OutboundAddresses[0].Port);

        public int? ProcessId => null;

        public EndpointAddress? Metrics => null;

        public async Task KillAsync() => await proxy.StopAsync(TimeSpan.Zero).ConfigureAwait(false);

        public ValueTask DisposeAsync() => proxy.DisposeAsync();
    }

    private sealed class LocalService(SyntheticApplication application, WorldConfig config) : ILiveService
    {
        private readonly ServiceFaults _faults = new(config, application.Service.Replica);

        public int? ProcessId => null;

        public Task<ReplicaReading?> ReadAsync() => Task.FromResult<ReplicaReading?>(application.Service.Read());

        public Task BeginAsync(Injection injection)
        {
            _faults.Begin(injection);
            return Task.CompletedTask;
        }

        public Task<FaultCount> EndAsync(Injection injection) => Task.FromResult(_faults.End(injection.Number));

        public Task KillAsync() => application.KillAsync();

        public Task<IAsyncDisposable> PauseAsync() => throw new InvalidOperationException("a service in this process cannot stand still alone");

        public ValueTask DisposeAsync() => application.DisposeAsync();
    }
}
