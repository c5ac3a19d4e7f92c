using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// A scenario's mesh on this machine: real sidecars on real sockets before synthetic services, all in this process, and an ingress by which load enters.
/// </summary>
internal sealed class LiveWorld : IAsyncDisposable
{
    private readonly PreciseTimers _timers;
    private readonly LiveIdentities _identities;

    /// <summary>Sets the world up; nothing listens yet.</summary>
    /// <param name="config">What there is.</param>
    /// <param name="directory">Where names are entered; empty.</param>
    /// <param name="events">Where decisions are reported.</param>
    /// <param name="requests">Told of every finished request; <c>null</c> for nobody.</param>
    /// <param name="telemetry">What the sidecars tell the outside. Default: nothing.</param>
    public LiveWorld(WorldConfig config, MeshDirectory directory, IMeshEvents events, IRequestLog? requests = null, TelemetryConfig? telemetry = null)
    {
        Config = config;
        Node = new LiveNode(new LiveNodeOptions { Seed = config.Seed, Directory = directory, Events = events, Requests = requests, Telemetry = telemetry ?? new TelemetryConfig { Metrics = null } });
        _timers = new PreciseTimers(Node.Time, "service time");
        _identities = new LiveIdentities(config.Network.MutualTls, config.Seed, Node.Time);
        NameClasses();
        Fleet = new LiveFleet(config, new LiveWorldPorts(Node, _timers, _identities));
    }

    /// <summary>What there is.</summary>
    public WorldConfig Config { get; }

    /// <summary>The sidecars' node.</summary>
    public LiveNode Node { get; }

    /// <summary>The replicas.</summary>
    public LiveFleet Fleet { get; }

    /// <summary>Where load enters; by the authority it goes to any service.</summary>
    public EndpointAddress Ingress { get; private set; } = null!;

    /// <summary>Starts everything; it is ready to serve when this completes.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var ingress = Node.Add(new LiveProxyConfig
        {
            Name = World.Ingress,
            Service = World.Ingress,
            Zone = Config.Zones.Count > 0 ? Config.Zones[0] : "",
            Identity = World.IngressIdentity,
            Caller = new CallerInfo { Service = World.Ingress },
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0) }],
        }, await _identities.OfAsync(World.IngressIdentity, cancellation).ConfigureAwait(false));
        await ingress.StartAsync(cancellation).ConfigureAwait(false);
        Ingress = new EndpointAddress("127.0.0.1", ingress.OutboundAddresses[0].Port);
        Fleet.Tell(ingress);
        await Fleet.StartAsync(cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync().ConfigureAwait(false);
        await Node.DisposeAsync().ConfigureAwait(false);
        await _identities.DisposeAsync().ConfigureAwait(false);
        _timers.Dispose();
    }

    /// <summary>The classes of requests, as the virtual world names them: by the services, their calls, and the load.</summary>
    private void NameClasses()
    {
        var distributions = new Distributions();
        Node.Directory.AddService(World.Ingress);
        foreach (var service in Config.Services) Node.Directory.AddService(service.Name);
        foreach (var service in Config.Services)
            foreach (var version in service.Versions) _ = new VersionModel(service, version, Node.Directory, distributions);
        foreach (var workload in Config.Workloads)
            foreach (var kind in workload.Mix) Node.Directory.AddClass(workload.To, kind.Path);
        Node.Directory.AddRouteClasses(Config.Mesh);
    }
}
