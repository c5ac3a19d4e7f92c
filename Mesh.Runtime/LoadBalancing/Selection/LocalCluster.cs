using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// The service whose calls a proxy sends, as far as picks depend on it (Envoy's <c>local_cluster_name</c>): where its endpoints stand, and which of them this proxy is.
/// </summary>
internal sealed class LocalCluster
{
    private readonly Dictionary<string, int> _zones = new(StringComparer.Ordinal);

    private LocalCluster(string zone, Endpoint[] peers, int index)
    {
        Zone = zone;
        foreach (var peer in peers) _zones[peer.Zone] = _zones.GetValueOrDefault(peer.Zone) + 1;
        Size = Math.Max(1, peers.Length);
        Index = Math.Clamp(index, 0, Size - 1);
    }

    /// <summary>A proxy of which nothing is known but that it exists.</summary>
    public static LocalCluster Unknown { get; } = new("", [], 0);

    /// <summary>The zone that the proxy stands in; empty where zones are not used.</summary>
    public string Zone { get; }

    /// <summary>How many proxies the service has, at least 1: this one.</summary>
    public int Size { get; }

    /// <summary>This proxy's place among them, from 0.</summary>
    public int Index { get; }

    /// <summary>Zones in which the service has an endpoint.</summary>
    public int Zones => _zones.Count;

    /// <summary>The service as the snapshot has it.</summary>
    /// <param name="own">The service; <c>null</c> where the snapshot does not have it, as an ingress.</param>
    /// <param name="zone">The zone that the proxy stands in.</param>
    /// <param name="name">The proxy's name, which is that of its endpoint.</param>
    /// <param name="before">What it was before: a proxy whose endpoint has left, or is not there yet, keeps its place.</param>
    public static LocalCluster Of(ServiceModel? own, string zone, string name, LocalCluster? before = null)
    {
        var peers = own?.Endpoints ?? [];
        int index = Array.FindIndex(peers, peer => peer.Name == name);
        return new(zone, peers, index >= 0 ? index : before?.Index ?? 0);
    }

    /// <summary>The service's endpoints in a zone.</summary>
    public int CountIn(string zone) => _zones.GetValueOrDefault(zone);
}
