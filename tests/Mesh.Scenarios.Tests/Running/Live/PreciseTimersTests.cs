using System.Collections.Concurrent;
using Mesh.Runtime.Sidecar;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Tests.Running.Live;

public sealed class PreciseTimersTests : IDisposable
{
    private readonly PreciseTimers _timers = new(new LiveTime(), "test");

    public void Dispose() => _timers.Dispose();

    [Fact]
    public async Task Timers_elapse_in_the_order_of_their_times_and_never_early()
    {
        var elapsed = new ConcurrentQueue<(int Number, long Early)>();
        var begin = _timers.Now + 500_000;
        int[] order = [5, 1, 4, 0, 3, 2];
        foreach (int number in order) _timers.Schedule(new Timer(timer => elapsed.Enqueue((number, timer.Due - _timers.Now))), begin + (number * 10_000));
        await LiveWorld.Until(() => elapsed.Count == 6, "all timers elapse");
        Assert.Equal([0, 1, 2, 3, 4, 5], elapsed.Select(one => one.Number));
        Assert.All(elapsed, one => Assert.True(one.Early <= 0));
    }

    [Fact]
    public async Task A_sooner_timer_wakes_the_thread_that_waits_for_a_later_one()
    {
        bool sooner = false, later = false;
        _timers.Schedule(new Timer(_ => later = true), _timers.Now + TimeSpan.TicksPerHour);
        _timers.Schedule(new Timer(_ => Volatile.Write(ref sooner, true)), _timers.Now + 100_000);
        await LiveWorld.Until(() => Volatile.Read(ref sooner), "the sooner one elapses");
        Assert.Equal((false, 1), (later, _timers.Count));
    }

    [Fact]
    public async Task A_cancelled_timer_leaves_nothing_behind_and_one_put_off_elapses_once()
    {
        int cancelled = 0, putOff = 0;
        var one = new Timer(_ => cancelled++);
        var other = new Timer(_ => Interlocked.Increment(ref putOff));
        _timers.Schedule(one, _timers.Now + 1_000_000);
        _timers.Cancel(one);
        for (int i = 1; i <= 10; i++) _timers.Schedule(other, _timers.Now + 1_000_000 + (i * 1000));
        Assert.Equal(1, _timers.Count);
        await LiveWorld.Until(() => Volatile.Read(ref putOff) > 0, "the one put off elapses");
        Assert.Equal((0, 1, 0), (cancelled, putOff, _timers.Count));
    }

    [Fact]
    public async Task Half_of_all_timers_are_less_than_the_runtimes_millisecond_late()
    {
        var late = new ConcurrentQueue<long>();
        for (int i = 0; i < 200; i++) _timers.Schedule(new Timer(timer => late.Enqueue(_timers.Now - timer.Due)), _timers.Now + 200_000 + (i * 50_000));
        await LiveWorld.Until(() => late.Count == 200, "all timers elapse");
        Assert.InRange(late.Order().ElementAt(100), 0, 9_000);   // measured: 600 on an idle machine
    }

    private sealed class Timer(Action<Timer> elapsed) : PreciseTimer
    {
        public override void Elapse() => elapsed(this);
    }
}
