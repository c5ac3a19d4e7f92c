using System.Collections.Concurrent;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// The composition root of the live world in one process: the data plane on the system's time and real sockets, and the sidecars that share it.
/// </summary>
public sealed class LiveNode : IAsyncDisposable
{
    private readonly LiveUpstream _upstream = new();
    private readonly ConcurrentDictionary<int, LiveProxy> _proxies = new();
    private readonly IRequestLog? _log;

    /// <summary>A node without any sidecar.</summary>
    /// <param name="seed">The seed of all draws: the run's, or entropy.</param>
    /// <param name="directory">Names of services, proxies and endpoints.</param>
    /// <param name="events">Where decisions are reported; called on many threads.</param>
    /// <param name="log">Told of every finished request; <c>null</c> for nobody.</param>
    /// <param name="time">The world's time. Default: one that begins now.</param>
    public LiveNode(ulong seed, MeshDirectory directory, IMeshEvents events, IRequestLog? log = null, LiveTime? time = null)
    {
        _log = log;
        Directory = directory;
        Time = time ?? new LiveTime();
        var random = new KeyedRandom(seed);
        Keys = new RequestKeys(random);
        Plane = new DataPlane(Time, random, events, _upstream) { Directory = directory };
        _upstream.Serve(Plane);
    }

    /// <summary>Names of services, proxies and endpoints.</summary>
    public MeshDirectory Directory { get; }

    /// <summary>The world's time.</summary>
    public LiveTime Time { get; }

    /// <summary>The data plane that all sidecars of the node share; its faults are here.</summary>
    public DataPlane Plane { get; }

    internal RequestKeys Keys { get; }

    /// <summary>Makes a sidecar; it listens once it has been started.</summary>
    /// <param name="config">Where it listens, and whom it stands before.</param>
    public LiveProxy Add(LiveProxyConfig config)
    {
        var proxy = new LiveProxy(this, config);
        _proxies[proxy.Id] = proxy;
        _upstream.Attach(proxy.Id, new UpstreamClients(null));
        return proxy;
    }

    /// <summary>Stops all sidecars, each with its drain time.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_proxies.Values.Select(proxy => proxy.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    internal void Report(RequestFacts facts) => _log?.On(facts);

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
}
