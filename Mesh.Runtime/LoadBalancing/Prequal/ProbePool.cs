namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>
/// The answers to probes that a proxy holds, and Prequal's rule over them: hot is an endpoint with more requests in flight than a quantile of what was probed
/// lately; among the cold the fastest is taken, and when all are hot the one with the fewest requests in flight. A few entries, scanned.
/// </summary>
/// <param name="capacity">Answers held at most.</param>
/// <param name="maxAge">Ticks that an answer is good for.</param>
/// <param name="hotQuantile">The quantile, 0 to 1.</param>
internal sealed class ProbePool(int capacity, long maxAge, double hotQuantile)
{
    private readonly Probe[] _probes = new Probe[capacity];
    private readonly InFlightQuantile _recent = new();
    private bool _removeOldest;

    /// <summary>Answers held.</summary>
    public int Count { get; private set; }

    /// <summary>What is more than this many requests in flight is hot.</summary>
    public int Threshold => _recent.At(hotQuantile);

    /// <summary>Takes an answer in; the oldest goes when there is no room.</summary>
    /// <param name="endpoint">The endpoint's id.</param>
    /// <param name="report">Its answer.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="uses">How often it may be used.</param>
    public void Add(int endpoint, in ProbeReport report, long now, int uses)
    {
        if (Count == capacity) RemoveAt(0);
        _recent.Add(report.InFlight);
        _probes[Count++] = new Probe(endpoint, report.InFlight, report.Latency, now, uses);
    }

    /// <summary>Drops the answers that are too old.</summary>
    public void Age(long now)
    {
        int old = 0;
        while (old < Count && now - _probes[old].At > maxAge) old++;   // the oldest are in front
        if (old == 0) return;
        Count -= old;
        Array.Copy(_probes, old, _probes, 0, Count);
    }

    /// <summary>Drops the answers of endpoints that are no candidates any more.</summary>
    public void Retain(Dictionary<int, int> places)
    {
        for (int i = Count - 1; i >= 0; i--)
            if (!places.ContainsKey(_probes[i].Endpoint)) RemoveAt(i);
    }

    /// <summary>The endpoint to use. Its answer counts the request that goes there now, and is dropped when it was used up. There must be one.</summary>
    public int Take()
    {
        int best = Best();
        ref var probe = ref _probes[best];
        int endpoint = probe.Endpoint;
        probe = probe with { InFlight = probe.InFlight + 1, Uses = probe.Uses - 1 };
        if (probe.Uses <= 0) RemoveAt(best);
        return endpoint;
    }

    /// <summary>Drops the oldest and the worst answer in turn, so that the pool does not fill up with the endpoints that nobody wants.</summary>
    public void Remove()
    {
        if (Count == 0) return;
        RemoveAt(_removeOldest ? 0 : Worst());
        _removeOldest = !_removeOldest;
    }

    private int Best()
    {
        int threshold = Threshold, best = 0;
        for (int i = 1; i < Count; i++)
            if (IsBetter(in _probes[i], in _probes[best], threshold)) best = i;
        return best;
    }

    private int Worst()
    {
        int threshold = Threshold, worst = 0;
        for (int i = 1; i < Count; i++)
            if (IsBetter(in _probes[worst], in _probes[i], threshold)) worst = i;
        return worst;
    }

    /// <summary>The hot-cold lexicographic rule.</summary>
    private static bool IsBetter(in Probe one, in Probe other, int threshold)
    {
        bool hot = one.InFlight > threshold;
        if (hot != other.InFlight > threshold) return !hot;
        return hot ? one.InFlight < other.InFlight : one.Latency < other.Latency;
    }

    private void RemoveAt(int index)
    {
        Count--;
        Array.Copy(_probes, index + 1, _probes, index, Count - index);
    }

    private readonly record struct Probe(int Endpoint, int InFlight, long Latency, long At, int Uses);
}
