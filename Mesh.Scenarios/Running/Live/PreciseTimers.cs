using Mesh.Simulator.Time;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Timers of the live world that are late by tens of microseconds, not by milliseconds: a thread of its own waits for the nearest.
/// Time is ticks of 100 ns since the time provider's origin, as in the virtual world.
/// </summary>
internal sealed class PreciseTimers : IDisposable
{
    private readonly TimeProvider _time;
    private readonly PreciseWait _wait;
    private readonly Lock _gate = new();
    private readonly EventHeap _heap = new();
    private readonly Thread _thread;
    private long _waitsFor = long.MaxValue;
    private volatile bool _ended;

    /// <param name="time">The world's time; its timestamps are ticks.</param>
    /// <param name="name">What the thread is called.</param>
    public PreciseTimers(TimeProvider time, string name)
    {
        _time = time;
        _wait = new PreciseWait(time);
        _thread = new Thread(Work) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>The time, in ticks.</summary>
    public long Now => _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;

    /// <summary>Timers that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _heap.Count;
        }
    }

    /// <summary>Lets a timer elapse at <paramref name="due"/>, and not when it would have before.</summary>
    public void Schedule(PreciseTimer timer, long due)
    {
        lock (_gate)
        {
            if (timer.IsScheduled) _heap.Remove(timer);
            _heap.Add(timer, due);
            if (due >= _waitsFor) return;
            _waitsFor = due;
        }
        _wait.Wake();
    }

    /// <summary>Lets a timer not elapse. One whose time has come already may be elapsing at this moment.</summary>
    public void Cancel(PreciseTimer timer)
    {
        lock (_gate)
        {
            if (timer.IsScheduled) _heap.Remove(timer);
        }
    }

    /// <summary>No timer elapses any more.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        _wait.Wake();
        if (Thread.CurrentThread != _thread) _thread.Join();
        _wait.Dispose();
    }

    private void Work()
    {
        _wait.Own();
        while (!_ended)
        {
            if (TakeDue(out long until) is { } timer) timer.Elapse();
            else if (until > 0) _wait.For(Math.Min(until, TimeSpan.TicksPerHour));
        }
    }

    private PreciseTimer? TakeDue(out long until)
    {
        lock (_gate)
        {
            // While it works it needs no waking: it looks again before it waits.
            until = _heap.NextDue - Now;
            _waitsFor = until > 0 ? _heap.NextDue : long.MinValue;
            return until > 0 ? null : (PreciseTimer)_heap.TakeFirst();
        }
    }
}

/// <summary>Something that happens at a time, on the thread of the <see cref="PreciseTimers"/>: it must be short, and must not throw. It may be scheduled again and again.</summary>
internal abstract class PreciseTimer : SimEvent
{
    /// <summary>Its time has come.</summary>
    public abstract void Elapse();

    protected sealed override void Fire() => Elapse();
}
