using Akka.Actor;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Actors;

/// <summary>What an actor asked the scheduler for: once, or every <paramref name="interval"/> ticks when that is above 0.</summary>
internal sealed class ScheduledAction(VirtualScheduler scheduler, long interval, Action action) : SimEvent
{
    private CancellationTokenRegistration _cancellation;

    public void Start(long delay, ICancelable? cancelable)
    {
        scheduler.Loop.ScheduleAfter(this, delay);
        if (cancelable is not null)
            _cancellation = cancelable.Token.UnsafeRegister(static e => ((ScheduledAction)e!).Cancel(), this);
    }

    /// <summary>Names the action, which is what a livelock's message needs.</summary>
    public override string ToString() => $"actor timer {action.Method.DeclaringType?.Name}.{action.Method.Name}";

    protected internal override void Fire()
    {
        if (scheduler.IsClosed)
            return;
        if (interval > 0)
            scheduler.Loop.ScheduleAfter(this, interval);
        else
            _cancellation.Dispose();
        action();
    }

    private void Cancel() => scheduler.Loop.Cancel(this);
}
