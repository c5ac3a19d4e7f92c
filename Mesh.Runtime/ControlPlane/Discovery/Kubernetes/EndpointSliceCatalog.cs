using k8s.Models;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery.Kubernetes;

/// <summary>The services as their EndpointSlices tell them. A service may have several slices, and an endpoint may for a moment be in two of them.</summary>
/// <param name="options">What of the cluster.</param>
/// <param name="most">Most slices that are kept; further ones are refused.</param>
internal sealed class EndpointSliceCatalog(KubernetesOptions options, int most = 20_000)
{
    /// <summary>The label by which a slice names its service.</summary>
    private const string ServiceLabel = "kubernetes.io/service-name";

    private readonly SortedDictionary<string, SortedDictionary<string, V1EndpointSlice>> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _serviceOf = new(StringComparer.Ordinal);   // by the slice's name

    /// <summary>These are all the slices there are.</summary>
    /// <returns>All services, and those that have none any more.</returns>
    public IReadOnlyCollection<string> Replace(IReadOnlyCollection<V1EndpointSlice> slices)
    {
        var touched = new SortedSet<string>(_services.Keys, StringComparer.Ordinal);
        _services.Clear();
        _serviceOf.Clear();
        foreach (var slice in slices) touched.UnionWith(Put(slice));
        return touched;
    }

    /// <summary>A slice is new, or has changed.</summary>
    /// <returns>The services that it touches.</returns>
    public IReadOnlyCollection<string> Put(V1EndpointSlice slice)
    {
        var touched = new SortedSet<string>(StringComparer.Ordinal);
        string key = Key(slice);
        string? service = ServiceOf(slice);
        if (_serviceOf.TryGetValue(key, out string? last) && last != service) touched.UnionWith(Remove(slice));
        if (service is null || (last is null && _serviceOf.Count >= most)) return touched;
        if (!_services.TryGetValue(service, out var slices)) _services.Add(service, slices = new(StringComparer.Ordinal));
        slices[key] = slice;
        _serviceOf[key] = service;
        touched.Add(service);
        return touched;
    }

    /// <summary>A slice is gone.</summary>
    /// <returns>The services that it touches.</returns>
    public IReadOnlyCollection<string> Remove(V1EndpointSlice slice)
    {
        string key = Key(slice);
        if (!_serviceOf.Remove(key, out string? service)) return [];
        var slices = _services[service];
        slices.Remove(key);
        if (slices.Count == 0) _services.Remove(service);
        return [service];
    }

    /// <summary>A service's endpoints.</summary>
    public IReadOnlyList<ObservedEndpoint> Find(string service)
    {
        if (!_services.TryGetValue(service, out var slices)) return [];
        // A dual-stack service has the same pods in slices of both families.
        foreach (string family in (string[])["IPv4", "IPv6", "FQDN"])
        {
            var endpoints = new OrderedDictionary<EndpointAddress, ObservedEndpoint>();
            foreach (var slice in slices.Values.Where(slice => slice.AddressType == family)) Collect(slice, endpoints);
            if (endpoints.Count > 0) return [.. endpoints.Values];
        }
        return [];
    }

    private void Collect(V1EndpointSlice slice, OrderedDictionary<EndpointAddress, ObservedEndpoint> endpoints)
    {
        var port = slice.Ports?.FirstOrDefault(port => options.PortName is null || port.Name == options.PortName)?.Port;
        if (port is null) return;
        foreach (var endpoint in slice.Endpoints ?? [])
        {
            // Kubernetes' word: the addresses of one endpoint are interchangeable, and consumers use the first.
            if (endpoint.Addresses is not [var host, ..]) continue;
            var address = new EndpointAddress(host, port.Value);
            var readiness = ReadinessOf(endpoint.Conditions);
            if (endpoints.TryGetValue(address, out var known) && known.Readiness <= readiness) continue;
            endpoints[address] = new ObservedEndpoint
            {
                Address = address,
                Name = endpoint.TargetRef?.Name ?? endpoint.Hostname ?? "",
                Zone = endpoint.Zone ?? "",
                Version = slice.Metadata.Labels?.TryGetValue(options.VersionLabel, out string? version) == true ? version : "",
                Readiness = readiness,
                Labels = LabelsOf(endpoint),
            };
        }
    }

    /// <summary>Unknown counts as ready, as Kubernetes asks for; one that goes but still serves is draining.</summary>
    private static EndpointReadiness ReadinessOf(V1EndpointConditions? conditions)
    {
        if (conditions?.Ready ?? true) return EndpointReadiness.Ready;
        return conditions.Terminating == true && (conditions.Serving ?? false) ? EndpointReadiness.Draining : EndpointReadiness.NotReady;
    }

    private static List<KeyValuePair<string, string>> LabelsOf(V1Endpoint endpoint)
    {
        var labels = new List<KeyValuePair<string, string>>();
        if (endpoint.NodeName is { Length: > 0 } node) labels.Add(new("node", node));
        if (endpoint.Hints?.ForZones is { Count: > 0 } zones) labels.Add(new("zoneHints", string.Join(',', zones.Select(zone => zone.Name))));
        return labels;
    }

    private string? ServiceOf(V1EndpointSlice slice)
    {
        if (slice.Metadata.Labels?.TryGetValue(ServiceLabel, out string? name) != true || string.IsNullOrEmpty(name)) return null;
        return options.Namespace is null ? $"{name}.{slice.Metadata.NamespaceProperty}" : name;
    }

    private static string Key(V1EndpointSlice slice) => $"{slice.Metadata.NamespaceProperty}/{slice.Metadata.Name}";
}
