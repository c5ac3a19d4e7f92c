using Mesh.Runtime.Randomness;

namespace Mesh.Simulator.Network;

/// <summary>The zones and the links between them, one for each direction of each pair.</summary>
internal sealed class Topology
{
    private readonly Dictionary<string, int> _zones = new(StringComparer.Ordinal);
    private readonly Link[] _links;
    private readonly int _count;

    public Topology(IReadOnlyList<string> zones, NetworkConfig config, KeyedRandom random)
    {
        _count = Math.Max(1, zones.Count);
        for (int i = 0; i < zones.Count; i++) _zones.Add(zones[i], i);
        _links = new Link[_count * _count];
        for (int from = 0; from < _count; from++)
            for (int to = 0; to < _count; to++)
                _links[from * _count + to] = new Link(from == to ? config.SameZone : config.CrossZone, random);
    }

    /// <summary>The index of a zone; 0 where zones are not used.</summary>
    public int ZoneOf(string name) => _zones.GetValueOrDefault(name);

    /// <summary>Whether a zone has this name.</summary>
    public bool HasZone(string name) => _zones.ContainsKey(name);

    /// <summary>The link from one zone to another.</summary>
    public Link Between(int from, int to) => _links[from * _count + to];
}
