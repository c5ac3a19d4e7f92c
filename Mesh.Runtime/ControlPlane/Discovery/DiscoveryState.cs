using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// All that providers have reported, and the endpoints that follow from it. Sans IO and for one owner: whoever holds it gives it reports and the time, and calls
/// <see cref="Advance"/> when <see cref="NextDue"/> has come.
/// </summary>
/// <param name="options">The rules.</param>
/// <param name="directory">Gives ids to services and endpoints.</param>
internal sealed class DiscoveryState(DiscoveryOptions options, MeshDirectory directory)
{
    private readonly SortedDictionary<string, ObservedService> _services = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ProviderStatus> _providers = new(StringComparer.Ordinal);

    /// <summary>How the providers stand with their sources, by name.</summary>
    public IReadOnlyCollection<ProviderStatus> Providers => _providers.Values;

    /// <summary>How many observations were refused because there are too many services.</summary>
    public long Refused { get; private set; }

    /// <summary>Takes reports over.</summary>
    /// <returns>The services whose endpoints changed, by name.</returns>
    public IReadOnlyList<ServiceEndpoints> Apply(IEnumerable<ServiceObservation> observations, IEnumerable<ProviderStatus> statuses, long now)
    {
        var touched = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var observation in observations)
        {
            if (!_services.TryGetValue(observation.Service, out var service))
            {
                // A source that knows nothing of an unknown service says nothing new.
                if (observation.Endpoints.Count == 0) continue;
                if (_services.Count >= options.MaxServices)
                {
                    Refused++;
                    continue;
                }
                service = new ObservedService(directory.AddService(observation.Service), observation.Service, options, _providers.GetValueOrDefault, directory);
                _services.Add(observation.Service, service);
            }
            service.Take(observation);
            touched.Add(observation.Service);
        }
        foreach (var status in statuses)
        {
            _providers[status.Source] = status;
            // A source that had been given up and is back without a change brings no observation.
            touched.UnionWith(_services.Keys);
        }
        return Changes(touched, now);
    }

    /// <summary>Brings everything up to date: holds and graces that are over, sources that are given up.</summary>
    /// <returns>The services whose endpoints changed, by name.</returns>
    public IReadOnlyList<ServiceEndpoints> Advance(long now) => Changes([.. _services.Keys], now);

    /// <summary>When <see cref="Advance"/> may next change something, in ticks; <see cref="long.MaxValue"/> when only a report can.</summary>
    public long NextDue(long now) => _services.Values.Select(service => service.NextDue(now)).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>How the services stand, by name.</summary>
    public IReadOnlyList<ServiceStatus> Status(long now) => [.. _services.Values.Select(service => service.Status(now))];

    private List<ServiceEndpoints> Changes(IEnumerable<string> names, long now)
    {
        var changes = new List<ServiceEndpoints>();
        foreach (string name in names)
        {
            var service = _services[name];
            if (service.Advance(now)) changes.Add(new ServiceEndpoints(service.Id, name, service.Endpoints));
            if (service.IsForgotten) _services.Remove(name);
        }
        return changes;
    }
}
