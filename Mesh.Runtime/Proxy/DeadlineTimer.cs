namespace Mesh.Runtime.Proxy;

/// <summary>
/// One timer, set again and again, that is exact by the world's clock. A system's timer cuts off fractions of a millisecond, and one that was moved may be running already:
/// its callback asks <see cref="IsDue"/>, and goes away where the answer is no. Its owner calls it under a lock.
/// </summary>
internal sealed class DeadlineTimer(TimeProvider time, TimerCallback callback, object owner) : IDisposable
{
    private const long Longest = 40 * TimeSpan.TicksPerDay;   // a system's timer takes 49 at most; one that comes early is set again
    private readonly ITimer _timer = time.CreateTimer(callback, owner, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private long _due = long.MaxValue;

    /// <summary>Sets it to a time in ticks, in place of the one before; <see cref="long.MaxValue"/> is never.</summary>
    public void Set(long due, long now)
    {
        if (due == _due) return;
        _due = due;
        _timer.Change(due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Clamp(due - now, 0, Longest)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Never.</summary>
    public void Stop() => Set(long.MaxValue, 0);

    /// <summary>Asked by the callback: whether the time has come, in which case it is set to never; one that is still to come is waited for.</summary>
    public bool IsDue(long now)
    {
        if (now < _due)
        {
            if (_due != long.MaxValue) _timer.Change(TimeSpan.FromTicks(Math.Min(_due - now, Longest) + TimeSpan.TicksPerMillisecond), Timeout.InfiniteTimeSpan);
            return false;
        }
        _due = long.MaxValue;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
