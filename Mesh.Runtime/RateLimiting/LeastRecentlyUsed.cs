namespace Mesh.Runtime.RateLimiting;

/// <summary>Gives keys places in an array of fixed size; when it is full, a new key takes the place of the one longest unused. Allocates nothing once made.</summary>
/// <typeparam name="TKey">The key.</typeparam>
internal sealed class LeastRecentlyUsed<TKey> where TKey : notnull
{
    private readonly Dictionary<TKey, int> _places;
    private readonly Node[] _nodes;
    private int _used;
    private int _newest = -1;
    private int _oldest = -1;

    /// <summary>Room for <paramref name="capacity"/> keys, 1 or more.</summary>
    public LeastRecentlyUsed(int capacity)
    {
        _places = new Dictionary<TKey, int>(capacity);
        _nodes = new Node[capacity];
    }

    /// <summary>The place of a key, which is used by that; false when it has none.</summary>
    public bool TryUse(in TKey key, out int place)
    {
        if (!_places.TryGetValue(key, out place)) return false;
        if (place == _newest) return true;
        Unlink(place);
        LinkNewest(place);
        return true;
    }

    /// <summary>Gives a new key a place.</summary>
    public int Add(in TKey key)
    {
        int place = _used < _nodes.Length ? _used++ : Evict();
        _nodes[place].Key = key;
        _places.Add(key, place);
        LinkNewest(place);
        return place;
    }

    private int Evict()
    {
        int place = _oldest;
        Unlink(place);
        _places.Remove(_nodes[place].Key);
        return place;
    }

    private void LinkNewest(int place)
    {
        (_nodes[place].Newer, _nodes[place].Older) = (-1, _newest);
        if (_newest >= 0) _nodes[_newest].Newer = place;
        else _oldest = place;
        _newest = place;
    }

    private void Unlink(int place)
    {
        (int newer, int older) = (_nodes[place].Newer, _nodes[place].Older);
        if (newer >= 0) _nodes[newer].Older = older;
        else _newest = older;
        if (older >= 0) _nodes[older].Newer = newer;
        else _oldest = newer;
    }

    private struct Node
    {
        public TKey Key;
        public int Newer;
        public int Older;
    }
}
