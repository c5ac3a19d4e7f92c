namespace Mesh.Runtime.Model;

/// <summary>What makes a discovered endpoint the same one when it comes back.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Identity">Who it is; empty where nobody said.</param>
internal readonly record struct EndpointKey(string Service, EndpointAddress Address, string Identity);

/// <summary>
/// The ids of endpoints that come and go. One that comes back has its id again. Of those that are gone <see cref="MaxGone"/> keep theirs, so that old events can be named;
/// beyond that the longest gone gives its id to a new endpoint: however many there ever were, ids stay bounded. One owner.
/// </summary>
internal sealed class EndpointIds
{
    /// <summary>Gone endpoints that are still named.</summary>
    public const int MaxGone = 16_384;

    private readonly Dictionary<EndpointKey, int> _ids = [];
    private readonly Dictionary<EndpointKey, LinkedListNode<EndpointKey>> _gone = [];
    private readonly LinkedList<EndpointKey> _byDeparture = new();

    /// <summary>The id that an endpoint has had, or one that is free again; <c>null</c> where it needs a new one.</summary>
    public int? Take(EndpointKey key)
    {
        if (_gone.Remove(key, out var place)) _byDeparture.Remove(place);
        if (_ids.TryGetValue(key, out int id)) return id;
        if (_gone.Count < MaxGone) return null;
        var oldest = _byDeparture.First!.Value;
        _byDeparture.RemoveFirst();
        _gone.Remove(oldest);
        _ids.Remove(oldest, out id);
        _ids.Add(key, id);
        return id;
    }

    /// <summary>An endpoint has a new id.</summary>
    public void Add(EndpointKey key, int id) => _ids.Add(key, id);

    /// <summary>An endpoint is gone, and nobody remembers anything of it but its name.</summary>
    public void Leave(EndpointKey key)
    {
        if (_ids.ContainsKey(key) && !_gone.ContainsKey(key)) _gone.Add(key, _byDeparture.AddLast(key));
    }
}
