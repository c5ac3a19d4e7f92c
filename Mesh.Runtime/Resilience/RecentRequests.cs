namespace Mesh.Runtime.Resilience;

/// <summary>How many requests came within an interval, kept in ten slots as Envoy keeps those of its <c>budget_interval</c>: a request counts for nine tenths of the interval at least, and for all of it at most.</summary>
/// <param name="interval">Ticks, above 0.</param>
internal sealed class RecentRequests(long interval)
{
    private const int SlotCount = 10;
    private readonly Lock _lock = new();
    private readonly long _slotTicks = Math.Max(1, interval / SlotCount);
    private readonly int[] _slots = new int[SlotCount];
    private long _slot;
    private int _count;

    /// <summary>A request came.</summary>
    public void Add(long now)
    {
        lock (_lock)
        {
            Advance(now);
            _slots[_slot % SlotCount]++;
            _count++;
        }
    }

    /// <summary>Requests within the interval.</summary>
    public int CountAt(long now)
    {
        lock (_lock)
        {
            Advance(now);
            return _count;
        }
    }

    private void Advance(long now)
    {
        long slot = now / _slotTicks;
        for (long i = Math.Max(_slot + 1, slot - SlotCount + 1); i <= slot; i++)
        {
            _count -= _slots[i % SlotCount];
            _slots[i % SlotCount] = 0;
        }
        _slot = Math.Max(_slot, slot);
    }
}
