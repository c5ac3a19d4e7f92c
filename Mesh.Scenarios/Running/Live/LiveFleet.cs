using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>All replicas of the live world, as they come and go, and what the sidecars are told of them.</summary>
internal sealed class LiveFleet : IAsyncDisposable
{
    private readonly WorldConfig _config;
    private readonly LiveWorldPorts _ports;
    private readonly Reconciler _reconciler;
    private readonly List<Group> _groups = [];
    private readonly List<LiveProxy> _others = [];
    private readonly Lock _lock = new();

    public LiveFleet(WorldConfig config, LiveWorldPorts ports)
    {
        (_config, _ports) = (config, ports);
        _reconciler = new Reconciler(config.Mesh);
        foreach (var service in config.Services) ports.Node.Directory.AddService(service.Name);
        foreach (var service in config.Services)
            foreach (var version in service.Versions)
                _groups.Add(new Group(service, version));
    }

    /// <summary>The replicas that there are now, by service and version in the file's order, oldest first.</summary>
    public IReadOnlyList<LiveReplicaHost> Replicas
    {
        get { lock (_lock) return [.. _groups.SelectMany(group => group.Replicas)]; }
    }

    /// <summary>Starts the first replicas.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        foreach (var group in _groups)
            for (int i = 0; i < (group.Service.Live is { Addresses: { Count: > 0 } own } ? own.Count : group.Version.Replicas); i++) await AddAsync(group, cancellation).ConfigureAwait(false);
        Announce();
    }

    /// <summary>A sidecar that stands before no replica, such as the ingress, hears of everything too.</summary>
    public void Tell(LiveProxy proxy)
    {
        lock (_lock) _others.Add(proxy);
        Announce();
    }

    /// <summary>Changes the number of a version's replicas.</summary>
    public async Task ScaleAsync(ScaleConfig change, CancellationToken cancellation)
    {
        var group = _groups.First(g => g.Service.Name == change.Service && (change.Version is null || g.Version.Name == change.Version));
        while (group.Replicas.Count < change.Replicas) await AddAsync(group, cancellation).ConfigureAwait(false);
        var gone = new List<LiveReplicaHost>();
        lock (_lock)
        {
            gone.AddRange(group.Replicas.Skip(change.Replicas));
            group.Replicas.RemoveRange(Math.Min(change.Replicas, group.Replicas.Count), gone.Count);
        }
        Announce();
        foreach (var replica in gone) await replica.DisposeAsync().ConfigureAwait(false);   // with its drain time: a graceful shutdown
    }

    /// <summary>Tells every sidecar of the replicas that are listed now.</summary>
    public void Announce()
    {
        lock (_lock)
        {
            var services = _groups.GroupBy(group => group.Service).Select(groups => new ServiceEndpoints(
                _ports.Node.Directory.FindService(groups.Key.Name), groups.Key.Name,
                [.. groups.SelectMany(group => group.Replicas).Where(replica => replica.IsListed).Select(replica => replica.Endpoint)]));
            _reconciler.Observe(services);
            var snapshot = _reconciler.SnapshotFor(Subscription.All);
            foreach (var proxy in _others.Concat(_groups.SelectMany(group => group.Replicas).Select(replica => replica.Proxy).OfType<LiveProxy>())) proxy.Agent.Receive(snapshot);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Replicas.Select(replica => replica.DisposeAsync().AsTask())).ConfigureAwait(false);

    private async Task AddAsync(Group group, CancellationToken cancellation)
    {
        int number = group.Named++;
        var service = new SyntheticServiceOptions { Service = group.Service, Version = group.Version, Replica = number, Seed = _config.Seed };
        var inbound = new IPEndPoint(IPAddress.Loopback, FreePorts.Take());
        string zone = _config.ZoneOf(group.Version, number);
        var endpoint = _ports.Node.Directory.AddEndpoint(id => new Endpoint
        {
            Id = id,
            Name = service.Name,
            Service = group.Service.Name,
            Version = group.Version.Name,
            Zone = zone,
            Identity = group.Service.Identity,
            Weight = group.Version.Weight,
            Labels = [.. group.Version.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)],
            Address = new EndpointAddress("127.0.0.1", inbound.Port),
        });
        var replica = new LiveReplicaHost(_ports, service, Sidecar(group, endpoint, number, inbound), endpoint);
        await replica.StartAsync(cancellation).ConfigureAwait(false);
        lock (_lock) group.Replicas.Add(replica);
    }

    /// <summary>Where the user's own service runs already, or a free port for one that is started.</summary>
    private static EndpointAddress ApplicationOf(ServiceConfig service, int number)
    {
        if (service.Live is not { Addresses: { Count: > 0 } addresses }) return new EndpointAddress("127.0.0.1", FreePorts.Take());
        string address = addresses[number % addresses.Count];
        int colon = address.LastIndexOf(':');
        return new EndpointAddress(address[..colon].Trim('[', ']'), int.Parse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    private static LiveProxyConfig Sidecar(Group group, Endpoint endpoint, int number, IPEndPoint inbound) => new()
    {
        Name = endpoint.Name,
        Service = endpoint.Service,
        Version = endpoint.Version,
        Zone = endpoint.Zone,
        Identity = endpoint.Identity,
        Caller = new CallerInfo
        {
            Service = endpoint.Service,
            Namespace = group.Service.Namespace,
            Labels = group.Version.Labels.ContainsKey(SubsetConfig.VersionLabel) ? endpoint.Labels : [.. endpoint.Labels, new(SubsetConfig.VersionLabel, endpoint.Version)],
        },
        Inbound = new InboundConfig { Listen = inbound, Application = ApplicationOf(group.Service, number), EndpointId = endpoint.Id },
        Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0) }],
    };

    /// <summary>The replicas of one version of one service, oldest first.</summary>
    private sealed record Group(ServiceConfig Service, VersionConfig Version)
    {
        public List<LiveReplicaHost> Replicas { get; } = [];

        public int Named { get; set; }
    }
}
