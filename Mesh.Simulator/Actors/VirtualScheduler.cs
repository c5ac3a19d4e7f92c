using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Actors;

/// <summary>Akka's scheduler over the event loop: its time is virtual, and cancelling removes the event.</summary>
internal sealed class VirtualScheduler : SchedulerBase
{
    // Akka makes the scheduler by reflection and hands it nothing of ours. Set only while an actor system is built, on the thread that builds it.
    [ThreadStatic]
    private static EventLoop? s_building;

    private readonly VirtualTimeProvider _time;

    public VirtualScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
        Loop = s_building ?? throw new InvalidOperationException($"Actor systems with a {nameof(VirtualScheduler)} are made by {nameof(VirtualActorSystem)}.");
        _time = new VirtualTimeProvider(Loop);
    }

    public EventLoop Loop { get; }

    /// <summary>Whether the actor system is gone: what is scheduled then, or still waits, is dropped.</summary>
    public bool IsClosed { get; private set; }

    public override TimeSpan MonotonicClock => TimeSpan.FromTicks(Loop.Now);

    public override TimeSpan HighResMonotonicClock => TimeSpan.FromTicks(Loop.Now);

    protected override DateTimeOffset TimeNow => _time.GetUtcNow();

    /// <summary>Builds an actor system whose scheduler and dispatchers use the loop.</summary>
    public static ActorSystem Building(EventLoop loop, Func<ActorSystem> build)
    {
        s_building = loop;
        try
        {
            return build();
        }
        finally
        {
            s_building = null;
        }
    }

    public void Close() => IsClosed = true;

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(delay, TimeSpan.Zero, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Add(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Add(delay, TimeSpan.Zero, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        Add(delay, TimeSpan.Zero, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        Add(initialDelay, interval, action.Run, cancelable);

    private void Add(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        if (!IsClosed && cancelable is not { IsCancellationRequested: true })
            new ScheduledAction(this, interval.Ticks, action).Start(delay.Ticks, cancelable);
    }
}
