using Mesh.Runtime.ControlPlane.Discovery;

namespace Mesh.Runtime.ControlPlane;

/// <summary>All endpoints that are known now, by service. Sans IO and for one owner.</summary>
/// <param name="discovery">What providers have reported; <c>null</c> where the host says itself which endpoints there are.</param>
/// <param name="queue">Their reports that wait.</param>
internal sealed class Registry(DiscoveryState? discovery = null, DiscoveryQueue? queue = null)
{
    private readonly SortedDictionary<int, ServiceEndpoints> _known = [];

    /// <summary>All that is known, in order of the services' ids.</summary>
    public IReadOnlyList<ServiceEndpoints> Known => [.. _known.Values];

    /// <summary>Takes over services' endpoints.</summary>
    /// <returns>The same services.</returns>
    public IReadOnlyList<ServiceEndpoints> Observe(IReadOnlyList<ServiceEndpoints> services)
    {
        foreach (var service in services) _known[service.ServiceId] = service;
        return services;
    }

    /// <summary>Takes over what providers have reported, and what is due at <paramref name="now"/>.</summary>
    /// <returns>The services that changed.</returns>
    public IReadOnlyList<ServiceEndpoints> Take(long now)
    {
        if (discovery is null || queue is null) return [];
        var (observations, statuses) = queue.Take();
        var changed = discovery.Apply(observations, statuses, now).Concat(discovery.Advance(now));
        // What both bring is named once, as it is now.
        return Observe([.. changed.GroupBy(service => service.ServiceId).Select(group => group.Last())]);
    }

    /// <summary>When <see cref="Take"/> may next bring something although nobody has reported, in ticks.</summary>
    public long NextDue(long now) => discovery?.NextDue(now) ?? long.MaxValue;

    /// <summary>How discovery stands.</summary>
    public RegistryStatus Status(long now) => new(now, discovery?.Status(now) ?? [], [.. discovery?.Providers ?? []]);
}
