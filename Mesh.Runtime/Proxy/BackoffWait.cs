using System.Threading.Tasks.Sources;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The wait before a retry. A caller that gives up ends it at once, on its own thread: a <c>Task.Delay</c> that is cancelled goes on
/// on the thread pool, and waits whole milliseconds only. Used again and again, with one timer; a timer or a cancellation left over from an earlier wait does not end this one.
/// </summary>
internal sealed class BackoffWait : IValueTaskSource
{
    private readonly DataPlane _plane;
    private readonly Lock _lock = new();
    private readonly DeadlineTimer _timer;
    private ManualResetValueTaskSourceCore<bool> _over;
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private bool _waiting;

    public BackoffWait(DataPlane plane)
    {
        _plane = plane;
        _timer = new DeadlineTimer(plane.Time, static state => ((BackoffWait)state!).Expire(), this);
    }

    /// <summary>Completes when the ticks have passed, or when the caller gives up.</summary>
    public ValueTask For(long ticks, CancellationToken caller)
    {
        _over.Reset();
        lock (_lock)
        {
            long now = _plane.Now;
            (_caller, _waiting) = (caller, true);
            _timer.Set(now + ticks, now);
        }
        if (caller.CanBeCanceled) _registration = caller.UnsafeRegister(static state => ((BackoffWait)state!).GiveUp(), this);
        return new ValueTask(this, _over.Version);
    }

    private void Expire()
    {
        lock (_lock)
        {
            if (!_timer.IsDue(_plane.Now) || !_waiting) return;
            _waiting = false;
        }
        _over.SetResult(true);
    }

    private void GiveUp()
    {
        lock (_lock)
        {
            if (!_waiting || !_caller.IsCancellationRequested) return;
            _waiting = false;
            _timer.Stop();
        }
        _over.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Unregister();   // and does not wait for one that runs: it finds nobody waiting
        _registration = default;
        _over.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _over.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _over.OnCompleted(continuation, state, token, flags);
}
