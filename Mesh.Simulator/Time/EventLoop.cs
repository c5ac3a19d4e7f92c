using System.Runtime.CompilerServices;

namespace Mesh.Simulator.Time;

/// <summary>
/// Virtual time. Takes the earliest event, sets the clock to it and fires it; of events due at one instant, the one scheduled first fires first.
/// Everything happens on the thread that runs the loop. Nothing is allocated for an event.
/// </summary>
/// <remarks>
/// While it runs there is no <see cref="SynchronizationContext"/>, so that continuations of completed tasks run inline on this thread
/// and not on the pool.
/// </remarks>
public sealed class EventLoop
{
    private readonly EventHeap _heap = new();
    private readonly LivelockGuard _livelock = new();
    private bool _running;
    private bool _stopping;

    /// <summary>The present, in ticks of 100 ns since the world began.</summary>
    public long Now { get; private set; }

    /// <summary>Events fired so far.</summary>
    public long Fired { get; private set; }

    /// <summary>Events that wait.</summary>
    public int Pending => _heap.Count;

    /// <summary>The most events that ever waited at once.</summary>
    public int PeakPending { get; private set; }

    /// <summary>The thread that runs the loop, or ran it last; until then the one that made it.</summary>
    public int ThreadId { get; private set; } = Environment.CurrentManagedThreadId;

    /// <summary>How many events may fire at one instant before the loop throws <see cref="LivelockException"/>. Default 10 million.</summary>
    public long LivelockLimit
    {
        get => _livelock.Limit;
        set => _livelock.Limit = value;
    }

    /// <summary>Schedules an event.</summary>
    /// <param name="e">An event that does not wait already.</param>
    /// <param name="due">When, in ticks; not before <see cref="Now"/>.</param>
    public void Schedule(SimEvent e, long due)
    {
        if (e.IsScheduled || due < Now)
            ThrowCannotSchedule(e, due);
        if (_running)
            AssertOnThread();
        _heap.Add(e, due);
        if (_heap.Count > PeakPending)
            PeakPending = _heap.Count;
    }

    /// <summary>Schedules an event <paramref name="delay"/> ticks from now.</summary>
    public void ScheduleAfter(SimEvent e, long delay) => Schedule(e, Now + delay);

    /// <summary>Takes an event out of the queue; <c>false</c> when it does not wait.</summary>
    public bool Cancel(SimEvent e)
    {
        if (!e.IsScheduled)
            return false;
        if (_running)
            AssertOnThread();
        _heap.Remove(e);
        return true;
    }

    /// <summary>Fires every event due at or before <paramref name="end"/>, then sets the clock to it, unless <see cref="Stop"/> came first.</summary>
    /// <param name="end">In ticks; not before <see cref="Now"/>.</param>
    public void RunUntil(long end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(end, Now);
        Run(end, long.MaxValue);
        if (!_stopping)
            Now = end;
    }

    /// <summary>Fires the earliest event, whenever it is due; <c>false</c> when none waits.</summary>
    public bool Step()
    {
        long before = Fired;
        Run(long.MaxValue, 1);
        return Fired > before;
    }

    /// <summary>Makes <see cref="RunUntil"/> return after the event that fires now, with the clock where it is. What waits goes on waiting.</summary>
    public void Stop() => _stopping = true;

    /// <summary>Throws when called on another thread than the one that runs the loop: a continuation has escaped, and the run no longer repeats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AssertOnThread()
    {
        if (Environment.CurrentManagedThreadId != ThreadId)
            ThrowOffThread();
    }

    private void Run(long end, long most)
    {
        if (_running)
            throw new InvalidOperationException("The event loop runs already: an event must not run it again.");
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        ThreadId = Environment.CurrentManagedThreadId;
        _running = true;
        _stopping = false;
        try
        {
            while (most-- > 0 && !_stopping && _heap.Count > 0 && _heap.NextDue <= end)
                FireNext();
        }
        finally
        {
            _running = false;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void FireNext()
    {
        var next = _heap.TakeFirst();
        if (next.Due != Now)
        {
            Now = next.Due;
            _livelock.Reset();
        }
        _livelock.Count(next);
        Fired++;
        next.Fire();
    }

    private void ThrowCannotSchedule(SimEvent e, long due) => throw new InvalidOperationException(e.IsScheduled
        ? $"The event {e} waits already, for tick {e.Due}: cancel it before it is scheduled for tick {due}."
        : $"The event {e} cannot be scheduled for tick {due}: now is tick {Now}.");

    private void ThrowOffThread() => throw new InvalidOperationException(
        $"Thread {Environment.CurrentManagedThreadId} acts on a simulation that runs on thread {ThreadId} (now is tick {Now}). "
        + "Some task completed on the thread pool: complete it from an event instead.");
}
