using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>The endpoints of several sources made into one list: each address once, and of those the ones that may have requests.</summary>
internal static class EndpointMerge
{
    /// <summary>The endpoints that may have requests, in the order in which the sources name them.</summary>
    /// <param name="sources">Each source's endpoints, the most trusted source first.</param>
    public static List<ObservedEndpoint> Usable(IEnumerable<IReadOnlyList<ObservedEndpoint>> sources)
    {
        var merged = new OrderedDictionary<EndpointAddress, ObservedEndpoint>();
        foreach (var endpoints in sources)
        {
            foreach (var endpoint in endpoints)
            {
                if (!merged.TryAdd(endpoint.Address, endpoint, out int index)) merged.SetAt(index, Completed(merged.GetAt(index).Value, endpoint));
            }
        }
        var usable = merged.Values.Where(endpoint => endpoint.Readiness is EndpointReadiness.Unknown or EndpointReadiness.Ready).ToList();
        return usable.Count > 0 ? usable : [.. merged.Values.Where(endpoint => endpoint.Readiness == EndpointReadiness.Draining)];
    }

    /// <summary>The first source's word where it has one, else the second's.</summary>
    private static ObservedEndpoint Completed(ObservedEndpoint first, ObservedEndpoint second) => first with
    {
        Name = Given(first.Name, second.Name),
        Zone = Given(first.Zone, second.Zone),
        Version = Given(first.Version, second.Version),
        Identity = Given(first.Identity, second.Identity),
        Readiness = first.Readiness == EndpointReadiness.Unknown ? second.Readiness : first.Readiness,
        Labels = first.Labels.Count > 0 ? first.Labels : second.Labels,
    };

    private static string Given(string first, string second) => first.Length > 0 ? first : second;
}
