using Mvccpb;

namespace Mesh.Runtime.ControlPlane.Discovery.Etcd;

/// <summary>The services as etcd's keys tell them, by list and by watch. A value that cannot be read changes nothing: the instance's last good one stays.</summary>
/// <param name="prefix">What the keys begin with.</param>
/// <param name="most">Most instances that are kept; further ones are refused.</param>
internal sealed class EtcdCatalog(string prefix, int most = 100_000)
{
    private readonly SortedDictionary<string, SortedDictionary<string, Entry>> _services = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>What all keys of instances begin with.</summary>
    public string Root { get; } = EtcdInstance.Root(prefix);

    /// <summary>These are all the instances there are.</summary>
    /// <returns>All services, and those that have none any more.</returns>
    public IReadOnlyCollection<string> Replace(IEnumerable<KeyValue> entries)
    {
        var touched = new SortedSet<string>(_services.Keys, StringComparer.Ordinal);
        var before = _services.SelectMany(service => service.Value.Keys.Select(instance => (service.Key, instance))).ToHashSet();
        foreach (var entry in entries)
        {
            if (Put(entry) is not { } placed) continue;
            touched.Add(placed.Service);
            before.Remove(placed);
        }
        foreach (var (service, instance) in before) Remove(service, instance);
        return touched;
    }

    /// <summary>These changes have happened, in this order.</summary>
    /// <returns>The services that they touch.</returns>
    public IReadOnlyCollection<string> Apply(IEnumerable<Event> changes)
    {
        var touched = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (change.Type == Event.Types.EventType.Delete)
            {
                if (EtcdInstance.Parse(Root, change.Kv.Key.ToStringUtf8()) is not var (service, instance)) continue;
                Remove(service, instance);
                touched.Add(service);
            }
            else if (Put(change.Kv) is { } placed) touched.Add(placed.Service);
        }
        return touched;
    }

    /// <summary>A service's endpoints, and what cannot be read of it.</summary>
    public (IReadOnlyList<ObservedEndpoint> Endpoints, string? Warning) Find(string service)
    {
        if (!_services.TryGetValue(service, out var instances)) return ([], null);
        string? warning = instances.Where(entry => entry.Value.Problem is not null).Select(entry => $"{Root}{service}/{entry.Key}: {entry.Value.Problem}").FirstOrDefault();
        return ([.. instances.Values.Select(entry => entry.Endpoint).OfType<ObservedEndpoint>()], warning);
    }

    private (string Service, string Instance)? Put(KeyValue entry)
    {
        if (EtcdInstance.Parse(Root, entry.Key.ToStringUtf8()) is not var (service, instance)) return null;
        if (!_services.TryGetValue(service, out var instances)) _services.Add(service, instances = new(StringComparer.Ordinal));
        bool known = instances.TryGetValue(instance, out var last);
        if (!known && _count >= most) return (service, instance);
        if (!known) _count++;
        var read = EtcdInstance.Read(instance, entry.Value.Span, out string problem);
        instances[instance] = read is null ? new Entry(last?.Endpoint, problem) : new Entry(read, null);
        return (service, instance);
    }

    private void Remove(string service, string instance)
    {
        if (!_services.TryGetValue(service, out var instances) || !instances.Remove(instance)) return;
        _count--;
        if (instances.Count == 0) _services.Remove(service);
    }

    private sealed record Entry(ObservedEndpoint? Endpoint, string? Problem);
}
