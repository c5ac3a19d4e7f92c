using Mesh.Runtime.Model;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// Linkerd's retry budget, as tower's <c>TpsBudget</c> does it: a request deposits, a retry withdraws what 1/ratio requests deposit; what was deposited counts for
/// a window of ten slots, and a reserve is always added to the sum. What a retry took comes back too when its slot leaves the window.
/// </summary>
internal sealed class WindowedRetryBudget : IRetryBudget
{
    private const int SlotCount = 10;
    private readonly Lock _lock = new();
    private readonly long _deposit;
    private readonly long _withdrawal;
    private readonly long _reserve;
    private readonly long _slotTicks;
    private readonly long[] _slots = new long[SlotCount];
    private int _slot;
    private long _slotBegan;
    private long _current;

    private WindowedRetryBudget(long deposit, long withdrawal, long reserve, TimeSpan window)
    {
        _deposit = deposit;
        _withdrawal = withdrawal;
        _reserve = reserve;
        _slotTicks = window.Ticks / SlotCount;
    }

    /// <summary>Linkerd's. 1/ratio is cut to a whole number up to a ratio of 1 (0.3 lets one in 3 through), and to thousandths of a deposit above.</summary>
    public static WindowedRetryBudget OfRetries(WindowedBudgetConfig config)
    {
        // tower calculates in single precision.
        float ratio = (float)config.Ratio;
        (long deposit, long withdrawal) = ratio switch
        {
            <= 0 => (0L, 1L),
            <= 1 => (1L, (long)(1 / ratio)),
            _ => (1000L, (long)(1000 / ratio)),
        };
        long reserve = config.MinPerSecond * (long)config.Window.TotalSeconds * withdrawal;
        return new WindowedRetryBudget(deposit, withdrawal, reserve, config.Window);
    }

    /// <summary>The same window without a reserve, and with the share exact to a millionth: it is never exceeded.</summary>
    public static WindowedRetryBudget OfHedges(double share, TimeSpan window) =>
        new(1_000_000, Math.Max(1, (long)Math.Ceiling(1_000_000 / share)), 0, window);

    /// <summary>What could be withdrawn now; below 0 after a window in which the reserve was drawn on.</summary>
    public long Balance(long now)
    {
        lock (_lock)
        {
            Advance(now);
            return Sum();
        }
    }

    public bool TryWithdraw(long now, int activeRequests)
    {
        lock (_lock)
        {
            Advance(now);
            if (Sum() < _withdrawal) return false;
            _current -= _withdrawal;
            return true;
        }
    }

    public void Release()
    {
    }

    public void Deposit(long now)
    {
        lock (_lock)
        {
            Advance(now);
            _current += _deposit;
        }
    }

    private long Sum()
    {
        long sum = _current + _reserve;
        foreach (long slot in _slots) sum += slot;
        return sum;
    }

    /// <summary>
    /// Closes the current slot once its time is up, and clears those that passed in silence. As in tower the next slot begins at the
    /// time of the call that noticed, so that a slot may last longer than a tenth of the window; and one that silence only touched counts
    /// as passed, so that the window may be as short as half of its time.
    /// </summary>
    private void Advance(long now)
    {
        long passed = now - _slotBegan;
        if (passed < _slotTicks) return;
        _slots[_slot] = _current;
        _current = 0;
        long silent = (passed - 1) / _slotTicks;   // slots begun and left again: as often as more than one slot's time remains
        for (int i = 1; i <= Math.Min(silent, SlotCount); i++) _slots[(_slot + i) % SlotCount] = 0;
        _slot = (int)((_slot + 1 + silent) % SlotCount);
        _slotBegan = now;
    }
}
