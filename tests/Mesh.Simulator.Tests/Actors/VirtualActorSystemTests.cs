using Akka.Actor;
using Mesh.Simulator.Actors;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Actors;

public class VirtualActorSystemTests : IDisposable
{
    private const long Second = TimeSpan.TicksPerSecond;
    private readonly EventLoop _loop = new();
    private readonly VirtualActorSystem _virtual;
    private readonly List<string> _log = [];

    public VirtualActorSystemTests() => _virtual = VirtualActorSystem.Create(_loop, "test");

    public void Dispose() => _virtual.Dispose();

    private IActorRef Logger() => _virtual.System.ActorOf(Props.Create(() => new LoggingActor(_loop, _log)), "logger");

    [Fact]
    public void Messages_are_received_in_events_and_never_inside_tell()
    {
        var logger = Logger();
        logger.Tell("a");
        logger.Tell("b");
        Assert.Empty(_log);
        _loop.RunUntil(0);
        Assert.Equal(["a@0", "b@0"], _log);
    }

    [Fact]
    public void Scheduled_messages_arrive_at_their_virtual_instant()
    {
        var logger = Logger();
        var scheduler = _virtual.System.Scheduler;
        scheduler.ScheduleTellOnce(TimeSpan.FromHours(3), logger, "late", ActorRefs.NoSender);
        scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(2), logger, "early", ActorRefs.NoSender);
        _loop.RunUntil(5 * 3600 * Second);
        Assert.Equal(["early@2", "late@10800"], _log);
        Assert.Equal(TimeSpan.FromHours(5), scheduler.MonotonicClock);
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 5, 0, 0, TimeSpan.Zero), scheduler.Now);
    }

    [Fact]
    public void Cancelled_schedules_leave_the_queue()
    {
        var logger = Logger();
        var scheduler = _virtual.System.Scheduler;
        _loop.RunUntil(0);
        int before = _loop.Pending;
        var repeated = scheduler.ScheduleTellRepeatedlyCancelable(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), logger, "tick", ActorRefs.NoSender);
        var once = scheduler.ScheduleTellOnceCancelable(TimeSpan.FromSeconds(30), logger, "once", ActorRefs.NoSender);
        Assert.Equal(before + 2, _loop.Pending);
        _loop.RunUntil(6 * Second);
        repeated.Cancel();
        once.Cancel();
        Assert.Equal(before, _loop.Pending);
        _loop.RunUntil(60 * Second);
        Assert.Equal(["tick@1", "tick@3", "tick@5"], _log);
        scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), logger, "never", ActorRefs.NoSender, once);
        Assert.Equal(before, _loop.Pending);
    }

    [Fact]
    public void Scheduled_actions_run_once_or_repeatedly()
    {
        var scheduler = _virtual.System.Scheduler.Advanced;
        scheduler.ScheduleOnce(TimeSpan.FromSeconds(1), () => _log.Add("once"));
        scheduler.ScheduleRepeatedly(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), () => _log.Add($"{_loop.Now / Second}"));
        _loop.RunUntil(9 * Second);
        Assert.Equal(["once", "2", "5", "8"], _log);
    }

    [Fact]
    public void Receive_timeout_is_virtual()
    {
        var idle = _virtual.System.ActorOf(Props.Create(() => new IdleActor(_loop, _log)));
        idle.Tell("work");
        _loop.RunUntil(600 * Second);
        Assert.Equal(["idle@300"], _log);
    }

    [Fact]
    public void Async_receive_continues_on_the_loop_s_thread_and_holds_back_the_next_message()
    {
        var actor = _virtual.System.ActorOf(Props.Create(() => new AsyncActor(_loop, _log)));
        actor.Tell("a");
        actor.Tell("b");
        _loop.RunUntil(60 * Second);
        Assert.Equal(["a begins@0", "a ends@10", "b begins@10", "b ends@20"], _log);
    }

    [Fact]
    public void Terminating_stops_all_actors_at_the_present_instant()
    {
        _virtual.System.ActorOf(Props.Create(() => new StoppingActor(_log)));
        var scheduler = _virtual.System.Scheduler;
        scheduler.Advanced.ScheduleRepeatedly(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), () => _log.Add("tick"));
        _loop.RunUntil(Second);
        _virtual.Dispose();
        Assert.Equal(["tick", "stopped"], _log);
        Assert.Equal(Second, _loop.Now);
        _loop.RunUntil(100 * Second);
        Assert.Equal(["tick", "stopped"], _log);
        _virtual.Dispose();
    }

    [Fact]
    public void Terminating_does_not_wait_for_an_actor_inside_an_async_receive()
    {
        var actor = _virtual.System.ActorOf(Props.Create(() => new AsyncActor(_loop, _log)));
        actor.Tell("a");
        _loop.RunUntil(Second);
        _virtual.Dispose();
        Assert.Equal(["a begins@0"], _log);
    }

    [Fact]
    public void Two_systems_share_neither_time_nor_actors()
    {
        var otherLoop = new EventLoop();
        using var other = VirtualActorSystem.Create(otherLoop, "test");
        var logger = Logger();
        var otherLog = new List<string>();
        var otherLogger = other.System.ActorOf(Props.Create(() => new LoggingActor(otherLoop, otherLog)), "logger");
        logger.Tell("mine");
        otherLogger.Tell("yours");
        _loop.RunUntil(5 * Second);
        Assert.Equal(["mine@0"], _log);
        Assert.Empty(otherLog);
        otherLoop.RunUntil(Second);
        Assert.Equal(["yours@0"], otherLog);
        Assert.Equal(TimeSpan.FromSeconds(1), other.System.Scheduler.MonotonicClock);
    }

    [Fact]
    public void Scheduler_is_made_only_where_a_loop_is_given()
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Mesh.Simulator.Actors.VirtualScheduler, Mesh.Simulator\"");
        var thrown = Assert.ThrowsAny<Exception>(() => ActorSystem.Create("stray", config));
        Assert.Contains(nameof(VirtualActorSystem), thrown.ToString());
    }

    private sealed class LoggingActor : ReceiveActor
    {
        public LoggingActor(EventLoop loop, List<string> log) => Receive<string>(message =>
        {
            loop.AssertOnThread();
            log.Add($"{message}@{loop.Now / Second}");
        });
    }

    private sealed class IdleActor : ReceiveActor
    {
        public IdleActor(EventLoop loop, List<string> log)
        {
            SetReceiveTimeout(TimeSpan.FromMinutes(5));
            Receive<string>(_ => { });
            Receive<ReceiveTimeout>(_ =>
            {
                log.Add($"idle@{loop.Now / Second}");
                SetReceiveTimeout(null);
            });
        }
    }

    private sealed class AsyncActor : ReceiveActor
    {
        public AsyncActor(EventLoop loop, List<string> log) => ReceiveAsync<string>(async message =>
        {
            log.Add($"{message} begins@{loop.Now / Second}");
            await Task.Delay(TimeSpan.FromSeconds(10), new VirtualTimeProvider(loop));
            loop.AssertOnThread();
            log.Add($"{message} ends@{loop.Now / Second}");
        });
    }

    private sealed class StoppingActor(List<string> log) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => log.Add("stopped");
    }
}
