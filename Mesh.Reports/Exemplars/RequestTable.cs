namespace Mesh.Reports.Exemplars;

/// <summary>Finds the tree of a request under way by its key. Open addressing; keys are never 0. Allocates only when it grows.</summary>
internal sealed class RequestTable
{
    private ulong[] _keys = new ulong[1024];
    private CallTree[] _trees = new CallTree[1024];
    private int _shift = 54;

    /// <summary>Requests in it.</summary>
    public int Count { get; private set; }

    public CallTree? Find(ulong key)
    {
        var keys = _keys;
        for (int at = Slot(key); ; at = (at + 1) & (keys.Length - 1))
        {
            ulong found = keys[at];
            if (found == key) return _trees[at];
            if (found == 0) return null;
        }
    }

    public void Add(ulong key, CallTree tree)
    {
        if (++Count * 2 > _keys.Length) Grow();
        int at = Slot(key);
        while (_keys[at] != 0 && _keys[at] != key) at = (at + 1) & (_keys.Length - 1);
        if (_keys[at] == key) Count--;
        _keys[at] = key;
        _trees[at] = tree;
    }

    public void Remove(ulong key)
    {
        int mask = _keys.Length - 1, hole = Slot(key);
        while (_keys[hole] != key)
        {
            if (_keys[hole] == 0) return;
            hole = (hole + 1) & mask;
        }
        Count--;
        // What stands behind the hole and could stand in it moves up, so that no search ends too early.
        for (int at = (hole + 1) & mask; _keys[at] != 0; at = (at + 1) & mask)
        {
            if (((at - Slot(_keys[at])) & mask) < ((at - hole) & mask)) continue;
            (_keys[hole], _trees[hole]) = (_keys[at], _trees[at]);
            hole = at;
        }
        _keys[hole] = 0;
        _trees[hole] = null!;
    }

    // Scrambled: keys of hand-made requests are small numbers.
    private int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15 >> _shift);

    private void Grow()
    {
        var (keys, trees) = (_keys, _trees);
        _keys = new ulong[keys.Length * 2];
        _trees = new CallTree[keys.Length * 2];
        _shift--;
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0) continue;
            int at = Slot(keys[i]);
            while (_keys[at] != 0) at = (at + 1) & (_keys.Length - 1);
            (_keys[at], _trees[at]) = (keys[i], trees[i]);
        }
    }
}
