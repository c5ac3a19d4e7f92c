using Akka.Configuration;
using Akka.Dispatch;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Actors;

/// <summary>Makes the dispatcher for one section of an actor system's settings. Named there, and made by reflection.</summary>
internal sealed class VirtualDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly VirtualDispatcher _dispatcher;

    public VirtualDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new VirtualDispatcher(this, (VirtualScheduler)prerequisites.Scheduler);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Runs each mailbox as an event that is due at once: never inside the call that sent the message, and never on another thread.</summary>
internal sealed class VirtualDispatcher : MessageDispatcher
{
    private readonly VirtualScheduler _scheduler;
    private readonly Stack<MailboxRun> _spare = [];

    public VirtualDispatcher(MessageDispatcherConfigurator configurator, VirtualScheduler scheduler)
        : base(configurator)
    {
        _scheduler = scheduler;
        Id = configurator.Config.GetString("id");
        ShutdownTimeout = TimeSpan.FromSeconds(1);
        // One message an event, so that the messages of all actors are received in the order in which they were sent.
        Throughput = 1;
    }

    protected override void ExecuteTask(IRunnable run)
    {
        if (_scheduler.IsClosed)
            return;
        var e = _spare.TryPop(out var spare) ? spare : new MailboxRun(_spare);
        e.Run = run;
        _scheduler.Loop.ScheduleAfter(e, 0);
    }

    protected override void Shutdown() => _spare.Clear();

    private sealed class MailboxRun(Stack<MailboxRun> spare) : SimEvent
    {
        public IRunnable? Run { get; set; }

        public override string ToString() => $"actor mailbox {Run}";

        protected internal override void Fire()
        {
            var run = Run!;
            Run = null;
            spare.Push(this);
            run.Run();
        }
    }
}
