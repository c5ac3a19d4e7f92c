using System.Globalization;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>All replicas of the live world, as they come and go, and what the sidecars are told of them.</summary>
internal sealed class LiveFleet : IAsyncDisposable
{
    private readonly WorldConfig _config;
    private readonly ILiveHost _host;
    private readonly List<Group> _groups = [];
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _announcing = new(1);

    public LiveFleet(ILiveHost host)
    {
        (_config, _host) = (host.Config, host);
        foreach (var service in _config.Services)
            foreach (var version in service.Versions)
                _groups.Add(new Group(service, version));
    }

    /// <summary>The replicas that there are now, by service and version in the file's order, oldest first.</summary>
    public IReadOnlyList<LiveReplicaHost> Replicas
    {
        get { lock (_lock) return [.. _groups.SelectMany(group => group.Replicas)]; }
    }

    /// <summary>Starts the first replicas; nobody is told of them yet.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var first = _groups.SelectMany(group => Enumerable.Range(0, group.Service.Live is { Addresses: { Count: > 0 } own } ? own.Count : group.Version.Replicas).Select(_ => Add(group))).ToList();
        await Parallel.ForEachAsync(first, new ParallelOptions { MaxDegreeOfParallelism = _host.Parallelism, CancellationToken = cancellation },
            async (replica, cancelled) => await replica.StartAsync(cancelled).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Changes the number of a version's replicas.</summary>
    public async Task ScaleAsync(ScaleConfig change, CancellationToken cancellation)
    {
        var group = _groups.First(g => g.Service.Name == change.Service && (change.Version is null || g.Version.Name == change.Version));
        while (group.Replicas.Count < change.Replicas) await Add(group).StartAsync(cancellation).ConfigureAwait(false);
        var gone = new List<LiveReplicaHost>();
        lock (_lock)
        {
            gone.AddRange(group.Replicas.Skip(change.Replicas));
            group.Replicas.RemoveRange(Math.Min(change.Replicas, group.Replicas.Count), gone.Count);
        }
        await AnnounceAsync().ConfigureAwait(false);
        foreach (var replica in gone) await replica.DisposeAsync().ConfigureAwait(false);   // with its drain time: a graceful shutdown
    }

    /// <summary>Tells every sidecar of the replicas that are listed now.</summary>
    public async Task AnnounceAsync()
    {
        await _announcing.WaitAsync().ConfigureAwait(false);   // the newest list is told last
        try
        {
            await _host.AnnounceAsync(Listed()).ConfigureAwait(false);
        }
        finally
        {
            _announcing.Release();
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Replicas.Select(replica => replica.DisposeAsync().AsTask())).ConfigureAwait(false);

    private List<ServiceEndpoints> Listed()
    {
        lock (_lock)
        {
            return [.. _groups.GroupBy(group => group.Service).Select(groups => new ServiceEndpoints(
                _host.Directory.FindService(groups.Key.Name), groups.Key.Name,
                [.. groups.SelectMany(group => group.Replicas).Where(replica => replica.IsListed).Select(replica => replica.Endpoint)]))];
        }
    }

    /// <summary>One more replica, which is listed once it has started.</summary>
    private LiveReplicaHost Add(Group group)
    {
        int number = group.Named++;
        int inbound = FreePorts.Take();
        string zone = _config.ZoneOf(group.Version, number);
        var endpoint = _host.Directory.AddEndpoint(id => new Endpoint
        {
            Id = id,
            Name = $"{group.Service.Name}-{group.Version.Name}-{number}",
            Service = group.Service.Name,
            Version = group.Version.Name,
            Zone = zone,
            Identity = group.Service.Identity,
            Weight = group.Version.Weight,
            Labels = [.. group.Version.Labels.OrderBy(label => label.Key, StringComparer.Ordinal)],
            Address = new EndpointAddress("127.0.0.1", inbound),
        });
        var replica = new LiveReplicaHost(_host, new ReplicaPlan(group.Service, group.Version, number, endpoint, ApplicationOf(group.Service, number)));
        lock (_lock) group.Replicas.Add(replica);
        return replica;
    }

    /// <summary>Where the user's own service runs already, or a free port for one that is started.</summary>
    private static EndpointAddress ApplicationOf(ServiceConfig service, int number)
    {
        if (service.Live is not { Addresses: { Count: > 0 } addresses }) return new EndpointAddress("127.0.0.1", FreePorts.Take());
        string address = addresses[number % addresses.Count];
        int colon = address.LastIndexOf(':');
        return new EndpointAddress(address[..colon].Trim('[', ']'), int.Parse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>The replicas of one version of one service, oldest first.</summary>
    private sealed record Group(ServiceConfig Service, VersionConfig Version)
    {
        public List<LiveReplicaHost> Replicas { get; } = [];

        public int Named { get; set; }
    }
}
