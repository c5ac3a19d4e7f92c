using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// The endpoints of one service that are there or were there lately, each under its id and with its past. An id belongs to an address and an identity; it is kept as long as
/// the endpoint is remembered, which is longer than it is there, and long after that (<see cref="EndpointIds"/>).
/// </summary>
/// <param name="service">The service.</param>
/// <param name="options">The rules.</param>
/// <param name="directory">Gives ids.</param>
internal sealed class KnownEndpoints(string service, DiscoveryOptions options, MeshDirectory directory)
{
    private readonly Dictionary<EndpointKey, KnownEndpoint> _all = [];
    private List<KnownEndpoint> _present = [];

    /// <summary>Those that are there, in the order in which the sources name them.</summary>
    public IReadOnlyList<KnownEndpoint> Present => _present;

    /// <summary>How many are remembered.</summary>
    public int Count => _all.Count;

    /// <summary>These are there now: others leave, new ones come.</summary>
    public void Replace(List<ObservedEndpoint> observed, long now)
    {
        Forget(now);
        var left = _present.ToHashSet();
        var present = new List<KnownEndpoint>(observed.Count);
        foreach (var endpoint in observed)
        {
            var known = Find(endpoint);
            known.Describe(endpoint, service);
            if (!left.Remove(known)) known.Flaps.Returned(options, now);
            present.Add(known);
        }
        foreach (var known in _present)
        {
            if (left.Contains(known)) known.Flaps.Departed(options, now);
        }
        _present = present;
    }

    /// <summary>Those of <see cref="Present"/> that may have requests, by id. Holding back never takes more than its share, and never the last one.</summary>
    public Endpoint[] Offered(long now)
    {
        var held = _present.Where(known => known.Flaps.HeldUntil > now).OrderByDescending(known => known.Flaps.HeldUntil).ThenBy(known => known.Endpoint.Id)
            .Take(Math.Min((int)(options.MaxHeldShare * _present.Count), Math.Max(0, _present.Count - 1))).ToHashSet();
        Held = held.Count;
        return [.. _present.Where(known => !held.Contains(known)).Select(known => known.Endpoint).OrderBy(endpoint => endpoint.Id)];
    }

    /// <summary>How many were held back when <see cref="Offered"/> was last asked.</summary>
    public int Held { get; private set; }

    /// <summary>When the next hold ends, in ticks.</summary>
    public long NextRelease(long now) => _present.Where(known => known.Flaps.HeldUntil > now).Select(known => known.Flaps.HeldUntil).DefaultIfEmpty(long.MaxValue).Min();

    private KnownEndpoint Find(ObservedEndpoint observed)
    {
        var key = new EndpointKey(service, observed.Address, observed.Identity);
        if (_all.TryGetValue(key, out var known)) return known;
        known = new KnownEndpoint(directory.AddEndpoint(key, id => KnownEndpoint.Made(id, observed, service)));
        _all.Add(key, known);
        return known;
    }

    /// <summary>Drops those that are gone and have no past any more; and, above as many as may be there, those that left longest ago.</summary>
    private void Forget(long now)
    {
        if (_all.Count == _present.Count) return;
        var present = _present.ToHashSet();
        var gone = _all.Where(entry => !present.Contains(entry.Value)).OrderBy(entry => entry.Value.Flaps.LastDeparture).ThenBy(entry => entry.Value.Endpoint.Id).ToList();
        int surplus = gone.Count - options.MaxEndpoints;
        foreach (var (key, known) in gone)
        {
            if (surplus-- <= 0 && now < known.Flaps.ForgottenAt(options)) break;
            _all.Remove(key);
            directory.EndpointLeft(key);
        }
    }
}

/// <summary>An endpoint with its past.</summary>
internal sealed class KnownEndpoint(Endpoint endpoint)
{
    /// <summary>Its past.</summary>
    public FlapDamping Flaps;

    /// <summary>What proxies are told about it. A new object when something changes that is not its address or identity.</summary>
    public Endpoint Endpoint { get; private set; } = endpoint;

    public static Endpoint Made(int id, ObservedEndpoint observed, string service) => Describe(new Endpoint { Id = id, Name = NameOf(observed, service), Service = service }, observed);

    public void Describe(ObservedEndpoint observed, string service)
    {
        bool same = Endpoint.Weight == observed.Weight && Endpoint.Zone == observed.Zone && Endpoint.Version == VersionOf(observed) && Endpoint.Name == NameOf(observed, service)
            && Endpoint.Labels.SequenceEqual(observed.Labels);
        if (!same) Endpoint = Describe(Endpoint with { Name = NameOf(observed, service) }, observed);
    }

    private static Endpoint Describe(Endpoint endpoint, ObservedEndpoint observed) => endpoint with
    {
        Address = observed.Address,
        Identity = observed.Identity,
        Weight = observed.Weight,
        Zone = observed.Zone,
        Version = VersionOf(observed),
        Labels = observed.Labels,
    };

    private static string NameOf(ObservedEndpoint observed, string service) => observed.Name.Length > 0 ? observed.Name : $"{service}-{observed.Address}";

    private static string VersionOf(ObservedEndpoint observed) => observed.Version.Length > 0 ? observed.Version : "v1";
}
