using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Network;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Services;

/// <summary>
/// All replicas of the world, as they come and go. One that goes leaves the endpoint lists at once and goes on serving what still reaches it,
/// for the proxies hear of it later: a graceful shutdown.
/// </summary>
internal sealed class Fleet
{
    private readonly WorldConfig _config;
    private readonly MeshDirectory _directory;
    private readonly DataPlane _plane;
    private readonly VirtualNetwork _network;
    private readonly ControlChannel _channel;
    private readonly KeyedRandom _random;
    private readonly EventLoop _loop;
    private readonly ReplicaWorld _replicaWorld;
    private readonly List<Group> _groups = [];
    private readonly List<VirtualReplica> _all = [];
    private readonly Dictionary<int, int> _addresses = [];
    private readonly Dictionary<string, NameLookup> _lookups = new(StringComparer.Ordinal);
    private UsageMeter? _meter;

    public Fleet(WorldConfig config, MeshDirectory directory, DataPlane plane, VirtualNetwork network, ControlChannel channel, KeyedRandom random, EventLoop loop)
    {
        _config = config;
        _directory = directory;
        _plane = plane;
        _network = network;
        _channel = channel;
        _random = random;
        _loop = loop;
        _replicaWorld = new ReplicaWorld(loop, config.Faults.Any(fault => fault.Effect is CrashEffect or PauseEffect or OutageEffect));
        foreach (var service in config.Services) directory.AddService(service.Name);
        var distributions = new Distributions();
        foreach (var service in config.Services)
            foreach (var version in service.Versions)
                _groups.Add(new Group(service, version, new VersionModel(service, version, directory, distributions), Subscriptions.Of(service, config, directory)));
    }

    /// <summary>The replicas of one version of one service, oldest first.</summary>
    private sealed record Group(ServiceConfig Service, VersionConfig Version, VersionModel Model, Subscription Subscription)
    {
        public List<VirtualReplica> Replicas { get; } = [];

        public int Named { get; set; }
    }

    /// <summary>Starts the first replicas and tells the control plane of them.</summary>
    public void Start()
    {
        _channel.Relist = () => Announce(_config.Services);
        foreach (var group in _groups)
            for (int i = 0; i < group.Version.Replicas; i++) Add(group);
        Announce(_config.Services);
    }

    /// <summary>The replicas that there are now, by service and version in the file's order, oldest first.</summary>
    public IEnumerable<VirtualReplica> Replicas => _groups.SelectMany(group => group.Replicas);

    /// <summary>Told of every replica that joins.</summary>
    public Action<VirtualReplica>? Joined { get; set; }

    /// <summary>Tells the control plane whether a replica is there to be called.</summary>
    public void List(VirtualReplica replica, bool listed)
    {
        if (replica.IsListed == listed) return;
        replica.IsListed = listed;
        Announce(_config.Services.Where(service => service.Name == replica.Endpoint.Service));
    }

    /// <summary>How the control plane learns of a service's endpoints.</summary>
    public NameLookup LookupOf(string service)
    {
        if (!_lookups.TryGetValue(service, out var lookup)) _lookups.Add(service, lookup = new NameLookup());
        return lookup;
    }

    /// <summary>The control plane asks for a service again.</summary>
    public void Resolve(string service) => Announce(_config.Services.Where(one => one.Name == service));

    /// <summary>Changes the number of a version's replicas when its time comes.</summary>
    public void ScheduleChange(ScaleConfig change) => _loop.Schedule(new Change(this, change), change.At.Ticks);

    /// <summary>Measures the replicas' workers between these times (ticks).</summary>
    public void ScheduleMeasurement(long from, long to) => _meter = new UsageMeter(_loop, _all, from, to);

    /// <summary>What the replicas' workers did since the measurement began.</summary>
    public IReadOnlyList<ReplicaLoad> Loads(long now) => _meter?.Loads(now) ?? [];

    private void Scale(ScaleConfig change)
    {
        var group = _groups.First(g => g.Service.Name == change.Service && (change.Version is null || g.Version.Name == change.Version));
        while (group.Replicas.Count < change.Replicas) Add(group);
        while (group.Replicas.Count > change.Replicas) group.Replicas.RemoveAt(group.Replicas.Count - 1);
        Announce([group.Service]);
    }

    private void Add(Group group)
    {
        int number = group.Named++;
        string zone = _config.ZoneOf(group.Version, number);
        string name = $"{group.Service.Name}-{group.Version.Name}-{number}";
        string identity = group.Service.Identity;
        int proxy = _directory.AddProxy(name, group.Service.Name, zone);
        var endpoint = _directory.AddEndpoint(id => new Endpoint
        {
            Id = id,
            Name = name,
            Service = group.Service.Name,
            Version = group.Version.Name,
            Zone = zone,
            Identity = identity,
            Weight = group.Version.Weight,
            Labels = [.. group.Version.Labels.OrderBy(l => l.Key, StringComparer.Ordinal)],
        });
        var outbound = new OutboundPipeline(_plane, _directory.Proxies[proxy], identity)
        {
            Caller = new CallerInfo
            {
                Service = group.Service.Name,
                Namespace = group.Service.Namespace,
                Labels = group.Version.Labels.ContainsKey(SubsetConfig.VersionLabel) ? endpoint.Labels : [.. endpoint.Labels, new(SubsetConfig.VersionLabel, group.Version.Name)],
            },
        };
        var replica = new VirtualReplica(_replicaWorld, group.Model, _random, endpoint, outbound);
        var inbound = new InboundPipeline(_plane, _directory.Proxies[proxy], endpoint.Id, replica);
        int service = _directory.FindService(group.Service.Name);
        _network.Attach(proxy, endpoint.Id, service, zone, NextAddress(service), inbound, replica, group.Service.StopsWhenAbandoned);
        _channel.Connect(new ProxyNode(proxy, name, group.Service.Name, group.Subscription), new ProxyAgent(outbound, inbound));
        group.Replicas.Add(replica);
        _all.Add(replica);
        Joined?.Invoke(replica);
    }

    /// <summary>Each service of the file has a block, 10.1.0.0/16 for the first, and its replicas one address after the other in it; beyond 255 services there is none.</summary>
    private IPAddress? NextAddress(int service)
    {
        int number = _addresses[service] = _addresses.GetValueOrDefault(service) + 1;
        return service > 255 || number > 65_534 ? null : new IPAddress([10, (byte)service, (byte)(number >> 8), (byte)number]);
    }

    private void Announce(IEnumerable<ServiceConfig> services)
    {
        var heard = services.Select(service => Ask(new ServiceEndpoints(
            _directory.FindService(service.Name),
            service.Name,
            [.. _groups.Where(g => g.Service == service).SelectMany(g => g.Replicas).Where(r => r.IsListed).Select(r => r.Endpoint)]))).OfType<ServiceEndpoints>().ToList();
        if (heard.Count > 0) _channel.Observe(new EndpointsObserved(heard));
    }

    private ServiceEndpoints? Ask(ServiceEndpoints truth)
    {
        var lookup = LookupOf(truth.Service);
        var heard = lookup.Ask(truth, out var later);
        if (later is not null) _loop.ScheduleAfter(new Late(this, lookup, later), lookup.Age);
        return heard;
    }

    private sealed class Late(Fleet fleet, NameLookup lookup, LateAnswer answer) : SimEvent
    {
        protected internal override void Fire()
        {
            if (lookup.Hear(answer)) fleet._channel.Observe(new EndpointsObserved([answer.Endpoints]));
        }
    }

    private sealed class Change(Fleet fleet, ScaleConfig change) : SimEvent
    {
        protected internal override void Fire() => fleet.Scale(change);
    }
}
