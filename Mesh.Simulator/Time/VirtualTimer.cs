namespace Mesh.Simulator.Time;

internal sealed class VirtualTimer(EventLoop loop, TimerCallback callback, object? state) : SimEvent, ITimer
{
    private long _period;
    private bool _disposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        if (_disposed)
            return false;
        loop.Cancel(this);
        // As System.Threading.Timer has it, a period of zero is no period.
        _period = period > TimeSpan.Zero ? period.Ticks : 0;
        if (dueTime != Timeout.InfiniteTimeSpan)
            loop.ScheduleAfter(this, dueTime.Ticks);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        loop.Cancel(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Names the callback, which is what a livelock's message needs.</summary>
    public override string ToString() => $"timer {callback.Method.DeclaringType?.Name}.{callback.Method.Name}";

    protected internal override void Fire()
    {
        // Before the callback, which may change or dispose the timer.
        if (_period > 0)
            loop.ScheduleAfter(this, _period);
        callback(state);
    }

    private static void Check(TimeSpan time, string parameter)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(parameter, time, "A timer's time is zero, positive or Timeout.InfiniteTimeSpan.");
    }
}
