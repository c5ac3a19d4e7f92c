using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Time;

public class EventLoopTests
{
    private readonly EventLoop _loop = new();
    private readonly List<string> _log = [];

    private CallbackEvent Logs(string name) => new(() => _log.Add($"{name}@{_loop.Now}"));

    [Fact]
    public void Events_fire_in_order_of_time_and_then_of_scheduling()
    {
        _loop.Schedule(Logs("late"), 20);
        _loop.Schedule(Logs("first"), 10);
        _loop.Schedule(Logs("second"), 10);
        _loop.Schedule(Logs("early"), 5);
        _loop.RunUntil(20);
        Assert.Equal(["early@5", "first@10", "second@10", "late@20"], _log);
    }

    [Fact]
    public void What_an_event_schedules_for_its_own_instant_fires_after_what_waited_there()
    {
        var caused = Logs("caused");
        _loop.Schedule(new CallbackEvent(() => _loop.ScheduleAfter(caused, 0)), 10);
        _loop.Schedule(Logs("waited"), 10);
        _loop.RunUntil(10);
        Assert.Equal(["waited@10", "caused@10"], _log);
    }

    [Fact]
    public void The_end_of_a_run_is_inclusive_and_becomes_the_present()
    {
        _loop.Schedule(Logs("at the end"), 10);
        _loop.Schedule(Logs("after it"), 11);
        _loop.RunUntil(10);
        Assert.Equal(["at the end@10"], _log);
        Assert.Equal((10, 1, 1L), (_loop.Now, _loop.Pending, _loop.Fired));
        _loop.RunUntil(500);
        Assert.Equal(500, _loop.Now);
        Assert.Equal(["at the end@10", "after it@11"], _log);
    }

    [Fact]
    public void A_cancelled_event_leaves_the_queue_and_may_be_scheduled_again()
    {
        var e = Logs("e");
        _loop.Schedule(e, 10);
        Assert.True(_loop.Cancel(e));
        Assert.Equal((0, false), (_loop.Pending, e.IsScheduled));
        Assert.False(_loop.Cancel(e));
        _loop.Schedule(e, 30);
        _loop.RunUntil(100);
        Assert.Equal(["e@30"], _log);
    }

    [Fact]
    public void A_fired_event_may_schedule_itself_again()
    {
        CallbackEvent? tick = null;
        tick = new CallbackEvent(() =>
        {
            _log.Add($"{_loop.Now}");
            _loop.ScheduleAfter(tick!, 10);
        });
        _loop.Schedule(tick, 0);
        _loop.RunUntil(30);
        Assert.Equal(["0", "10", "20", "30"], _log);
        Assert.Equal(40, tick.Due);
    }

    [Fact]
    public void Stop_ends_the_run_after_the_present_event_and_the_rest_waits()
    {
        _loop.Schedule(new CallbackEvent(_loop.Stop), 10);
        _loop.Schedule(Logs("rest"), 10);
        _loop.RunUntil(100);
        Assert.Equal((10, 1), (_loop.Now, _loop.Pending));
        _loop.RunUntil(100);
        Assert.Equal(["rest@10"], _log);
        Assert.Equal(100, _loop.Now);
    }

    [Fact]
    public void Step_fires_one_event_and_sets_the_clock_to_it()
    {
        _loop.Schedule(Logs("a"), 7);
        _loop.Schedule(Logs("b"), 9);
        Assert.True(_loop.Step());
        Assert.Equal(7, _loop.Now);
        Assert.True(_loop.Step());
        Assert.False(_loop.Step());
        Assert.Equal(["a@7", "b@9"], _log);
        Assert.Equal(9, _loop.Now);
    }

    [Fact]
    public void Peak_pending_is_the_most_that_ever_waited()
    {
        var events = Enumerable.Range(0, 5).Select(i => Logs($"{i}")).ToArray();
        foreach (var e in events)
            _loop.Schedule(e, 1);
        _loop.Cancel(events[0]);
        _loop.RunUntil(1);
        Assert.Equal((5, 0), (_loop.PeakPending, _loop.Pending));
    }

    [Fact]
    public void An_event_cannot_wait_twice_nor_for_the_past_nor_be_cancelled_by_another_loop()
    {
        var e = Logs("e");
        _loop.Schedule(e, 10);
        Assert.Contains("waits already, for tick 10", Assert.Throws<InvalidOperationException>(() => _loop.Schedule(e, 20)).Message);
        Assert.Contains("another event loop", Assert.Throws<InvalidOperationException>(() => new EventLoop().Cancel(e)).Message);
        _loop.RunUntil(10);
        Assert.Contains("now is tick 10", Assert.Throws<InvalidOperationException>(() => _loop.Schedule(e, 9)).Message);
        Assert.Throws<InvalidOperationException>(() => _loop.ScheduleAfter(e, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _loop.RunUntil(9));
    }

    [Fact]
    public void An_event_cannot_run_the_loop()
    {
        _loop.Schedule(new CallbackEvent(() => _loop.RunUntil(50)), 10);
        Assert.Throws<InvalidOperationException>(() => _loop.RunUntil(100));
    }

    [Fact]
    public void Another_thread_cannot_schedule_while_the_loop_runs()
    {
        Exception? thrown = null;
        _loop.Schedule(new CallbackEvent(() =>
        {
            var thread = new Thread(() => thrown = Record.Exception(() => _loop.Schedule(Logs("stray"), 20)));
            thread.Start();
            thread.Join();
        }), 10);
        _loop.RunUntil(100);
        Assert.IsType<InvalidOperationException>(thrown);
        Assert.Contains("thread pool", thrown.Message);
        Assert.Empty(_log);
    }

    [Fact]
    public void A_livelock_is_reported_with_its_instant_and_the_events_that_keep_firing()
    {
        var loop = new EventLoop { LivelockLimit = 5000 };
        Ping? ping = null;
        var pong = new Pong(() => loop.ScheduleAfter(ping!, 0));
        ping = new Ping(() => loop.ScheduleAfter(pong, 0));
        loop.Schedule(ping, 15_000_000);
        loop.Schedule(Logs("innocent"), 15_000_000);
        var thrown = Assert.Throws<LivelockException>(() => loop.RunUntil(long.MaxValue));
        Assert.Equal(15_000_000, thrown.Instant);
        Assert.Equal([500, 500], thrown.Culprits.Select(c => c.Count));
        Assert.Equal(["innocent@0"], _log);
        Assert.Contains("1.5 s", thrown.Message);
        Assert.Contains(nameof(Ping), thrown.Message);
        Assert.Contains(nameof(Pong), thrown.Message);
    }

    [Fact]
    public void Many_events_at_many_instants_are_no_livelock()
    {
        var loop = new EventLoop { LivelockLimit = 10 };
        CallbackEvent? tick = null;
        tick = new CallbackEvent(() => loop.ScheduleAfter(tick!, loop.Fired % 10 == 0 ? 1 : 0));
        loop.Schedule(tick, 0);
        loop.RunUntil(1000);
        Assert.True(loop.Fired > 9000);
    }

    [Fact]
    public void Firing_allocates_nothing()
    {
        CallbackEvent? tick = null;
        var timeout = Logs("timeout");
        tick = new CallbackEvent(() =>
        {
            _loop.Cancel(timeout);
            _loop.ScheduleAfter(timeout, 100);
            _loop.ScheduleAfter(tick!, 1);
        });
        _loop.Schedule(tick, 0);
        _loop.RunUntil(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _loop.RunUntil(100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Ping(Action fire) : SimEvent
    {
        protected internal override void Fire() => fire();
    }

    private sealed class Pong(Action fire) : SimEvent
    {
        protected internal override void Fire() => fire();
    }
}
