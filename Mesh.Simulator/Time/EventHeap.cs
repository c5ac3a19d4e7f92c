using System.Runtime.CompilerServices;

namespace Mesh.Simulator.Time;

/// <summary>
/// Waiting events in order of (due, sequence): a 4-ary heap of structs, shallower than a binary one and with siblings side by side in memory.
/// Each event knows its place, so removal costs one sift and leaves nothing behind.
/// </summary>
public sealed class EventHeap
{
    private const int Arity = 4;
    private Entry[] _entries = new Entry[256];
    private long _sequence;

    private readonly record struct Entry(long Due, long Sequence, SimEvent Event)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in Entry other) => Due < other.Due || (Due == other.Due && Sequence < other.Sequence);
    }

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    /// <summary>When the first event is due; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextDue => Count == 0 ? long.MaxValue : _entries[0].Due;

    /// <summary>Puts an event in that waits nowhere yet, to be due at <paramref name="due"/> (ticks).</summary>
    public void Add(SimEvent e, long due)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        e.Due = due;
        MoveUp(Count++, new Entry(due, _sequence++, e));
    }

    /// <summary>Takes out the first event of those that are due first. There must be one.</summary>
    public SimEvent TakeFirst()
    {
        var first = _entries[0].Event;
        RemoveAt(0);
        return first;
    }

    /// <summary>Takes out an event that waits here.</summary>
    public void Remove(SimEvent e)
    {
        int index = e.HeapIndex;
        if (index >= Count || !ReferenceEquals(_entries[index].Event, e))
            throw new InvalidOperationException($"The event {e} waits in another event loop.");
        RemoveAt(index);
    }

    private void RemoveAt(int index)
    {
        _entries[index].Event.HeapIndex = SimEvent.NotScheduled;
        var last = _entries[--Count];
        _entries[Count] = default;
        if (index == Count)
            return;
        if (index > 0 && last.IsBefore(_entries[(index - 1) / Arity]))
            MoveUp(index, last);
        else
            MoveDown(index, last);
    }

    /// <summary>Puts the entry into the hole at <paramref name="hole"/> or above it.</summary>
    private void MoveUp(int hole, in Entry entry)
    {
        var entries = _entries;
        while (hole > 0)
        {
            int parent = (hole - 1) / Arity;
            if (!entry.IsBefore(entries[parent]))
                break;
            Place(entries, hole, entries[parent]);
            hole = parent;
        }
        Place(entries, hole, entry);
    }

    /// <summary>Puts the entry into the hole at <paramref name="hole"/> or below it.</summary>
    private void MoveDown(int hole, in Entry entry)
    {
        var entries = _entries;
        while (true)
        {
            int child = (hole * Arity) + 1;
            if (child >= Count)
                break;
            int least = child;
            int end = Math.Min(child + Arity, Count);
            while (++child < end)
            {
                if (entries[child].IsBefore(entries[least]))
                    least = child;
            }
            if (!entries[least].IsBefore(entry))
                break;
            Place(entries, hole, entries[least]);
            hole = least;
        }
        Place(entries, hole, entry);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Place(Entry[] entries, int index, in Entry entry)
    {
        entries[index] = entry;
        entry.Event.HeapIndex = index;
    }
}
