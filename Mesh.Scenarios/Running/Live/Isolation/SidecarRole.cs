using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>A process that is one sidecar.</summary>
internal sealed class SidecarRole : IChildRole
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    private readonly ChildWorld _world;
    private readonly ChildConnection _connection;
    private readonly LiveNode _node;
    private readonly SidecarFaults _faults;
    private readonly Reconciler _reconciler;
    private readonly EventBuffer? _events;
    private readonly CancellationTokenSource _over = new();
    private WorkloadIdentity? _identity;
    private LiveProxy _proxy = null!;
    private MetricsEndpoint? _metrics;
    private Task _telling = Task.CompletedTask;
    private long _listing;

    private SidecarRole(StartSidecar start, ChildConnection connection)
    {
        _connection = connection;
        _world = ChildWorld.Of(start.World);
        _world.Enter(start.Endpoints);
        _events = start.Events ? new EventBuffer(connection.Send) : null;
        _reconciler = new Reconciler(_world.Config.Mesh);
        _node = new LiveNode(new LiveNodeOptions
        {
            Seed = _world.Config.Seed,
            Directory = _world.Directory,
            Time = _world.Time,
            Events = _events,
            Output = new LineStream(connection),
            Telemetry = new TelemetryConfig { Metrics = start.Metrics is null ? null : new MetricsConfig(), AccessLogs = [.. start.AccessLogs.Select(encoding => new AccessLogConfig { Encoding = encoding })] },
        });
        _faults = new SidecarFaults(_world.Config, _node);
    }

    public IFaultDesk Faults => _faults;

    public Started Started => new(_proxy.OutboundAddresses[0].Port);

    /// <summary>A sidecar that listens.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<SidecarRole> StartAsync(StartSidecar start, ChildConnection connection)
    {
        var role = new SidecarRole(start, connection);
        var config = start.Replica is { } place ? role._world.Plan(place).Sidecar() : ReplicaPlan.Ingress(role._world.Config);
        if (role._world.Config.Network.MutualTls)
            role._identity = await WorkloadIdentities.IssuedAsync(new PipeIssuer(connection), role._world.Time, role._world.Config.Seed + (ulong)Environment.ProcessId, CancellationToken.None).ConfigureAwait(false);
        role._proxy = role._node.Add(config, role._identity);
        await role._proxy.StartAsync(CancellationToken.None).ConfigureAwait(false);
        if (start.Metrics is { } metrics)
            role._metrics = await MetricsEndpoint.StartAsync(role._node.Telemetry, new IPEndPoint(IPAddress.Parse(metrics.Host), metrics.Port), CancellationToken.None).ConfigureAwait(false);
        role._telling = role.TellAsync();
        return role;
    }

    public void Take(Listing listing)
    {
        if (listing.Version <= _listing) return;
        _listing = listing.Version;
        _world.Enter(listing.Endpoints);
        _reconciler.Observe(listing.Services.Select(service => new ServiceEndpoints(
            _world.Directory.FindService(service.Name), service.Name, [.. service.Endpoints.Select(id => _world.Directory.Endpoints[id])])));
        _proxy.Agent.Receive(_reconciler.SnapshotFor(Subscription.All));
    }

    public ReplicaReading Read() => throw new InvalidOperationException("a sidecar has no workers");

    public void Flush()
    {
        if (_events?.Flush() is > 0 and var lost) _connection.Send(new Lost(lost));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _telling.ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        if (_metrics is not null) await _metrics.DisposeAsync().ConfigureAwait(false);
        if (_identity is not null) await _identity.DisposeAsync().ConfigureAwait(false);
        Flush();
    }

    private async Task TellAsync()
    {
        while (_events is not null && !_over.IsCancellationRequested)
        {
            await Task.Delay(Between, _world.Time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Flush();
        }
    }
}
