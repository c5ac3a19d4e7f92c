using System.Collections.Concurrent;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Model;

/// <summary>
/// The names behind the small integers that decisions and events carry. Append-only; the composition root fills it,
/// the recorder and the trace read it. Safe for many readers, which take no lock, while it grows.
/// </summary>
/// <remarks>
/// In the virtual world the set of request classes is known before the first request. In the live world clients name any service and any path they like:
/// there the set is closed (<see cref="CloseClasses"/>) once the paths that telemetry should tell apart have been added.
/// </remarks>
public sealed class MeshDirectory
{
    /// <summary>The path of a service's catch-all class: what stands for every path that is not told apart.</summary>
    public const string AnyPath = "*";

    private readonly Lock _lock = new();
    private readonly GrowingList<string> _services = new();
    private readonly ConcurrentDictionary<string, int> _serviceIds = new(StringComparer.Ordinal);
    private readonly GrowingList<ProxyEntry> _proxies = new();
    private readonly GrowingList<RequestClass> _classes = new();
    private readonly ConcurrentDictionary<(int Service, string Path), RequestClass> _classIndex = new();
    private readonly GrowingList<Endpoint> _endpoints = new();
    private readonly EndpointIds _endpointIds = new();
    private volatile bool _closed;

    /// <summary>Service names by service id.</summary>
    public IReadOnlyList<string> Services => _services;

    /// <summary>Proxies by proxy id.</summary>
    public IReadOnlyList<ProxyEntry> Proxies => _proxies;

    /// <summary>Request classes by class id.</summary>
    public IReadOnlyList<RequestClass> Classes => _classes;

    /// <summary>Endpoints by endpoint id. Those that left the mesh stay, so that old events can still be named; of discovered ones the latest 16,384 that left.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>The id of a service, which is added when it is new.</summary>
    public int AddService(string name)
    {
        if (_serviceIds.TryGetValue(name, out int known)) return known;
        lock (_lock)
        {
            if (_serviceIds.TryGetValue(name, out known)) return known;
            int id = _services.Count;
            _services.Add(name);
            _serviceIds[name] = id;
            return id;
        }
    }

    /// <summary>The id of a known service, or -1.</summary>
    public int FindService(string name) => _serviceIds.TryGetValue(name, out int id) ? id : -1;

    /// <summary>Adds the sidecar of one replica of <paramref name="service"/> and returns its proxy id.</summary>
    public int AddProxy(string name, string service, string zone)
    {
        int serviceId = AddService(service);
        lock (_lock)
        {
            int id = _proxies.Count;
            _proxies.Add(new ProxyEntry(id, name, serviceId, zone));
            return id;
        }
    }

    /// <summary>
    /// The request class for a path of a service, which is added when it is new. Once the set is closed, a path that is not in it gets a class of its own that nobody keeps:
    /// with the path, for routes go by it, and with the id of the service's catch-all class, so that telemetry stays bounded. For a service that the directory does not have, both ids are -1 then.
    /// </summary>
    public RequestClass AddClass(string service, string path)
    {
        if (!_closed) return Register(AddService(service), service, path);
        int serviceId = FindService(service);
        if (serviceId < 0) return new RequestClass(-1, -1, service, path);
        if (_classIndex.TryGetValue((serviceId, path), out var known)) return known;
        return Register(serviceId, service, AnyPath) with { Path = path };
    }

    /// <summary>Closes the set of request classes: from now on it grows only by the catch-all classes of services (<see cref="AnyPath"/>). There is no way back.</summary>
    public void CloseClasses() => _closed = true;

    /// <summary>
    /// Adds the classes that the known ones can become on the way, by rewrites and as copies, so that the set is closed before the first request.
    /// </summary>
    public void AddRouteClasses(MeshConfig mesh)
    {
        foreach (var known in _classes)
        {
            var policy = mesh.PolicyFor(known.Service);
            if (policy is { Routes: null, Mirror: null }) continue;
            var table = RouteTable.From(policy);
            foreach (var route in table.Routes.Append(table.Rest))
            {
                var sent = route.Rewrite is null ? known : route.Rewritten(known, this);
                if (route.Mirror is { } mirror) RouteModel.Mirrored(sent, mirror, this);
            }
        }
    }

    /// <summary>Adds an endpoint under the next free id and returns it.</summary>
    /// <param name="create">Makes the endpoint from its id.</param>
    public Endpoint AddEndpoint(Func<int, Endpoint> create)
    {
        lock (_lock)
        {
            var endpoint = create(_endpoints.Count);
            _endpoints.Add(endpoint);
            return endpoint;
        }
    }

    /// <summary>
    /// Adds an endpoint that may leave and come back: under the id that it had; else under the one of an endpoint that left very long ago; else under the next free one.
    /// Whoever adds it says when it is gone (<see cref="EndpointLeft"/>).
    /// </summary>
    internal Endpoint AddEndpoint(EndpointKey key, Func<int, Endpoint> create)
    {
        lock (_lock)
        {
            if (_endpointIds.Take(key) is not { } id)
            {
                _endpointIds.Add(key, _endpoints.Count);
                return AddEndpoint(create);
            }
            var endpoint = create(id);
            _endpoints.Replace(id, endpoint);
            return endpoint;
        }
    }

    /// <summary>An endpoint is gone for good, as far as anybody knows.</summary>
    internal void EndpointLeft(EndpointKey key)
    {
        lock (_lock) _endpointIds.Leave(key);
    }

    private RequestClass Register(int serviceId, string service, string path)
    {
        if (_classIndex.TryGetValue((serviceId, path), out var known)) return known;
        lock (_lock)
        {
            if (_classIndex.TryGetValue((serviceId, path), out known)) return known;
            var added = new RequestClass(_classes.Count, serviceId, service, path);
            _classes.Add(added);
            _classIndex[(serviceId, path)] = added;
            return added;
        }
    }
}

/// <summary>A proxy as the directory names it.</summary>
/// <param name="Id">Dense index, from 0.</param>
/// <param name="Name">Its replica's name, or the name of the ingress.</param>
/// <param name="ServiceId">The service whose traffic it sends and takes.</param>
/// <param name="Zone">The zone it stands in.</param>
public readonly record struct ProxyEntry(int Id, string Name, int ServiceId, string Zone);
