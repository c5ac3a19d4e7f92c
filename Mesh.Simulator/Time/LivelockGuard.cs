namespace Mesh.Simulator.Time;

/// <summary>Counts the events of one instant, and past the limit watches a few more to learn who keeps firing.</summary>
internal sealed class LivelockGuard
{
    private const int Watched = 1000;
    private readonly SortedDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private long _firedHere;

    /// <summary>How many events may fire at one instant.</summary>
    public long Limit { get; set; } = 10_000_000;

    /// <summary>Virtual time moved on.</summary>
    public void Reset()
    {
        if (_firedHere > Limit)
            _seen.Clear();
        _firedHere = 0;
    }

    /// <summary>Another event is about to fire at the same instant.</summary>
    public void Count(SimEvent e)
    {
        if (++_firedHere > Limit)
            Watch(e);
    }

    private void Watch(SimEvent e)
    {
        string name = e.ToString() ?? e.GetType().Name;
        _seen[name] = _seen.GetValueOrDefault(name) + 1;
        if (_firedHere < Limit + Watched)
            return;
        var culprits = _seen.Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value).ToList();
        throw new LivelockException(e.Due, _firedHere, culprits);
    }
}
