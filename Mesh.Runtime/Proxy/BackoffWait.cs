using System.Threading.Tasks.Sources;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The wait before a retry. A caller that gives up ends it at once, on its own thread: a <c>Task.Delay</c> that is cancelled goes on
/// on the thread pool, and waits whole milliseconds only. Used again and again, with one timer.
/// </summary>
internal sealed class BackoffWait : IValueTaskSource
{
    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<bool> _over;
    private CancellationTokenRegistration _caller;
    private int _waiting;

    public BackoffWait(TimeProvider time) =>
        _timer = time.CreateTimer(static state => ((BackoffWait)state!).End(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Completes when the time has passed, or when the caller gives up.</summary>
    public ValueTask For(TimeSpan time, CancellationToken caller)
    {
        _over.Reset();
        _waiting = 1;
        _timer.Change(time, Timeout.InfiniteTimeSpan);
        if (caller.CanBeCanceled) _caller = caller.UnsafeRegister(static state => ((BackoffWait)state!).End(), this);
        return new ValueTask(this, _over.Version);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 0) return;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _over.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _caller.Dispose();
        _caller = default;
        _over.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _over.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _over.OnCompleted(continuation, state, token, flags);
}
