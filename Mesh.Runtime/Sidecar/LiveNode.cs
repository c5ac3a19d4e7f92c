using System.Collections.Concurrent;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Health.Live;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// The composition root of the live world in one process: the data plane on the system's time and real sockets, and the sidecars that share it.
/// </summary>
public sealed class LiveNode : IAsyncDisposable
{
    private const long ProbeConnectTimeout = 5 * TimeSpan.TicksPerSecond;   // Envoy's; a check ends at its own time-out before
    private readonly LiveUpstream _upstream = new();
    private readonly ConcurrentDictionary<int, LiveProxy> _proxies = new();
    private readonly LiveNodeOptions _options;

    /// <summary>A node without any sidecar.</summary>
    /// <exception cref="ArgumentException">The telemetry's configuration has problems; all are named.</exception>
    public LiveNode(LiveNodeOptions options)
    {
        _options = options;
        Random = new KeyedRandom(options.Seed);
        Keys = new RequestKeys(Random);
        Telemetry = new LiveTelemetry(options.Telemetry, options.Directory, Random, options.Time, options.Log, options.Output);
        Plane = new DataPlane(options.Time, Random, options.Events is null ? Telemetry : new BothEvents(options.Events, Telemetry), _upstream)
        {
            Directory = options.Directory, HealthProbe = options.HealthProbe ?? new LiveHealthProbe(WayOf),
        };
        _upstream.Serve(Plane);
        Endpoints = new NodeEndpoints(options.Directory);
        Telemetry.Watch(() => _proxies.Values.Where(proxy => proxy.Agent is not null).Select(proxy => (proxy.Config.Name, proxy.Agent.Status)), options.Time);
    }

    /// <summary>Names of services, proxies and endpoints.</summary>
    public MeshDirectory Directory => _options.Directory;

    /// <summary>The world's time.</summary>
    public LiveTime Time => _options.Time;

    /// <summary>The data plane that all sidecars of the node share; its faults are here.</summary>
    public DataPlane Plane { get; }

    /// <summary>Metrics, traces and access logs.</summary>
    public LiveTelemetry Telemetry { get; }

    /// <summary>The sidecars.</summary>
    public IReadOnlyCollection<LiveProxy> Proxies => (IReadOnlyCollection<LiveProxy>)_proxies.Values;

    /// <summary>The world's draws.</summary>
    public KeyedRandom Random { get; }

    internal RequestKeys Keys { get; }

    /// <summary>The endpoints that a control plane names.</summary>
    internal NodeEndpoints Endpoints { get; }

    /// <summary>
    /// Makes a sidecar; it listens once it has been started. With the first one the directory's request classes are closed (<see cref="MeshDirectory.CloseClasses"/>):
    /// paths that telemetry should tell apart are named before.
    /// </summary>
    /// <param name="config">Where it listens, and whom it stands before.</param>
    /// <param name="identity">Who it is, for mutual TLS; <c>null</c> speaks plain text. Whoever made it ends it.</param>
    public LiveProxy Add(LiveProxyConfig config, WorkloadIdentity? identity = null)
    {
        Directory.CloseClasses();
        var proxy = new LiveProxy(this, config, identity);
        _proxies[proxy.Id] = proxy;
        _upstream.Attach(proxy.Id, new UpstreamClients(proxy.Tls, proxy.Place, proxy.TcpFaults, config.Mark, Time));
        return proxy;
    }

    /// <summary>Stops all sidecars, each with its drain time.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_proxies.Values.Select(proxy => proxy.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Telemetry.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The way of a sidecar's health checks to an endpoint: its own connections and its own identity.</summary>
    private ProbeWay? WayOf(int proxyId, Endpoint endpoint)
    {
        if (_upstream.ClientsOf(proxyId) is not { } clients || !_proxies.TryGetValue(proxyId, out var proxy)) return null;
        bool secure = clients.IsSecure(endpoint);
        return new ProbeWay(clients.For(endpoint, secure, ProbeConnectTimeout), secure, proxy.Dialer);
    }

    /// <summary>Whether anybody hears of finished requests.</summary>
    internal bool WantsRequests => _options.Requests is not null || Telemetry.WantsRequests;

    internal void Report(RequestFacts facts)
    {
        Telemetry.On(facts);
        _options.Requests?.On(facts);
    }

    internal void Remove(LiveProxy proxy)
    {
        _proxies.TryRemove(proxy.Id, out _);
        _upstream.Detach(proxy.Id);
    }

    /// <summary>An endpoint's workload as telemetry names it; without one, the service alone is known.</summary>
    internal WorkloadFacts WorkloadOf(Endpoint? endpoint, string service) => endpoint is null
        ? WorkloadFacts.Unknown with { Service = service }
        : WorkloadFactsOf(endpoint.Service, endpoint.Version, endpoint.Name, endpoint.Identity);

    /// <summary>The workload behind a proved identity.</summary>
    internal static WorkloadFacts WorkloadOf(string identity) =>
        identity.Length == 0 ? WorkloadFacts.Unknown : WorkloadFactsOf(identity[(identity.LastIndexOf('/') + 1)..], "unknown", "", identity);

    internal static WorkloadFacts WorkloadFactsOf(string service, string version, string instance, string identity) => new()
    {
        Workload = service,
        Namespace = NamespaceOf(identity),
        Service = service,
        Version = version,
        Instance = instance,
        Principal = identity.Length == 0 ? "unknown" : identity,
    };

    private static string NamespaceOf(string identity)
    {
        string[] parts = identity.Split('/');
        int at = Array.IndexOf(parts, "ns");
        return at >= 0 && at + 1 < parts.Length ? parts[at + 1] : "default";
    }

    private sealed class BothEvents(IMeshEvents first, IMeshEvents second) : IMeshEvents
    {
        public void On(in MeshEvent e)
        {
            first.On(in e);
            second.On(in e);
        }
    }
}
