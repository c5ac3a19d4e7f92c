namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Earliest deadline first, Envoy's weighted round robin: the entry with the earliest deadline is next, and comes back at the time of its pick + 1/weight.
/// Equal deadlines go in the order in which they were set. A heap: O(log n) a pick.
/// </summary>
internal sealed class EdfScheduler
{
    private const ulong MostPicks = 429496729;   // Envoy's bound on the picks that a start stands for
    private const double Apart = 1e-13;          // Envoy's, so that weights which are multiples of each other do not meet in one deadline
    private readonly Entry[] _heap;
    private double _time;
    private ulong _order;

    /// <summary>A schedule as it stands after <paramref name="picks"/> picks at these weights (Envoy's <c>createWithPicks</c>): proxies start at different places.</summary>
    /// <param name="weights">The entries' weights, above 0.</param>
    /// <param name="picks">How far on it starts.</param>
    public EdfScheduler(ReadOnlySpan<double> weights, ulong picks)
    {
        picks %= MostPicks;
        double sum = 0;
        foreach (double weight in weights) sum += weight + Apart;
        _heap = new Entry[weights.Length];
        ulong done = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double weight = weights[i] + Apart;
            ulong whole = (ulong)(weight * picks / sum);
            if (whole > 0 && whole / weight >= picks / sum) whole--;
            _heap[i] = new Entry((whole + 1) / weight, (ulong)i, i);
            _time = Math.Max(_time, whole / weight);
            done += whole;
        }
        _order = (ulong)weights.Length;
        for (int i = _heap.Length / 2 - 1; i >= 0; i--) Sink(i, _heap[i]);
        for (; done < picks; done++) Take(weights[Next]);
    }

    /// <summary>The entry whose turn it is.</summary>
    public int Next => _heap[0].Index;

    /// <summary>Takes the turn of <see cref="Next"/>; it comes back by <paramref name="weight"/>, above 0.</summary>
    public void Take(double weight)
    {
        ref var top = ref _heap[0];
        _time = top.Deadline;
        Sink(0, new Entry(_time + 1 / weight, _order++, top.Index));
    }

    private void Sink(int at, Entry entry)
    {
        var heap = _heap;
        while (2 * at + 1 is var child && child < heap.Length)
        {
            if (child + 1 < heap.Length && heap[child + 1].IsBefore(heap[child])) child++;
            if (!heap[child].IsBefore(entry)) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = entry;
    }

    private readonly record struct Entry(double Deadline, ulong Order, int Index)
    {
        public bool IsBefore(in Entry other) => Deadline < other.Deadline || (Deadline == other.Deadline && Order < other.Order);
    }
}
