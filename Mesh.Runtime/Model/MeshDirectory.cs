using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Model;

/// <summary>
/// The names behind the small integers that decisions and events carry. Append-only; the composition root fills it,
/// the recorder and the trace read it.
/// </summary>
public sealed class MeshDirectory
{
    private readonly List<string> _services = [];
    private readonly Dictionary<string, int> _serviceIds = new(StringComparer.Ordinal);
    private readonly List<ProxyEntry> _proxies = [];
    private readonly List<RequestClass> _classes = [];
    private readonly Dictionary<(int Service, string Path), RequestClass> _classIndex = [];
    private readonly List<Endpoint> _endpoints = [];

    /// <summary>Service names by service id.</summary>
    public IReadOnlyList<string> Services => _services;

    /// <summary>Proxies by proxy id.</summary>
    public IReadOnlyList<ProxyEntry> Proxies => _proxies;

    /// <summary>Request classes by class id.</summary>
    public IReadOnlyList<RequestClass> Classes => _classes;

    /// <summary>Endpoints by endpoint id; those that left the mesh stay, so that old events can still be named.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>The id of a service, which is added when it is new.</summary>
    public int AddService(string name)
    {
        if (_serviceIds.TryGetValue(name, out int id)) return id;
        id = _services.Count;
        _services.Add(name);
        _serviceIds.Add(name, id);
        return id;
    }

    /// <summary>The id of a known service, or -1.</summary>
    public int FindService(string name) => _serviceIds.GetValueOrDefault(name, -1);

    /// <summary>Adds the sidecar of one replica of <paramref name="service"/> and returns its proxy id.</summary>
    public int AddProxy(string name, string service, string zone)
    {
        _proxies.Add(new ProxyEntry(_proxies.Count, name, AddService(service), zone));
        return _proxies.Count - 1;
    }

    /// <summary>The request class for a path of a service, which is added when it is new.</summary>
    public RequestClass AddClass(string service, string path)
    {
        int serviceId = AddService(service);
        if (_classIndex.TryGetValue((serviceId, path), out var known)) return known;
        var added = new RequestClass(_classes.Count, serviceId, service, path);
        _classes.Add(added);
        _classIndex.Add((serviceId, path), added);
        return added;
    }

    /// <summary>
    /// Adds the classes that the known ones can become on the way, by rewrites and as copies, so that the set is closed before the first request.
    /// </summary>
    public void AddRouteClasses(MeshConfig mesh)
    {
        foreach (var known in _classes.ToArray())
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
        var endpoint = create(_endpoints.Count);
        _endpoints.Add(endpoint);
        return endpoint;
    }
}

/// <summary>A proxy as the directory names it.</summary>
/// <param name="Id">Dense index, from 0.</param>
/// <param name="Name">Its replica's name, or the name of the ingress.</param>
/// <param name="ServiceId">The service whose traffic it sends and takes.</param>
/// <param name="Zone">The zone it stands in.</param>
public readonly record struct ProxyEntry(int Id, string Name, int ServiceId, string Zone);
