using Mesh.Runtime.Faults.Tcp;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>The wait of one direction of a connection: for a toxic's time, for a change of faults, or for whoever wakes it.</summary>
internal sealed class ToxicWait : IDisposable
{
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly TcpFaultTable _faults;
    private readonly ITimer _timer;
    private Task? _waiting;

    public ToxicWait(TcpFaultTable faults, TimeProvider time)
    {
        _faults = faults;
        _timer = time.CreateTimer(static state => ((ToxicWait)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        faults.Watch(Wake);
    }

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake()
    {
        lock (_woken)
        {
            if (_woken.CurrentCount == 0) _woken.Release();
        }
    }

    /// <summary>The wait, until a time at the latest. The same task until it is over, whoever has stopped waiting for it.</summary>
    public Task UntilAsync(long due, long now)
    {
        // The system's timers cut off fractions of a millisecond, and would come early.
        _timer.Change(due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, due - now) + TimeSpan.TicksPerMillisecond - 1), Timeout.InfiniteTimeSpan);
        return _waiting is { IsCompleted: false } ? _waiting : _waiting = _woken.WaitAsync();
    }

    public void Dispose()
    {
        _faults.Unwatch(Wake);
        _timer.Dispose();
        Wake();
    }
}
