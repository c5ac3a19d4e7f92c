using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Time;

public class VirtualTimeProviderTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;
    private readonly EventLoop _loop = new();
    private readonly VirtualTimeProvider _time;
    private readonly List<long> _fired = [];

    public VirtualTimeProviderTests() => _time = new VirtualTimeProvider(_loop);

    private ITimer Timer(TimeSpan due, TimeSpan period) => _time.CreateTimer(_ => _fired.Add(_loop.Now / Millisecond), null, due, period);

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>Runs the body from an event of the loop, for a virtual minute, and asserts that it ended there.</summary>
    private void Run(Func<Task> body)
    {
        Task? task = null;
        _loop.Schedule(new CallbackEvent(() => task = body()), _loop.Now);
        _loop.RunUntil(_loop.Now + TimeSpan.TicksPerMinute);
        Assert.NotNull(task);
        Assert.True(task.IsCompleted, "The body still waits after a virtual minute.");
        task.GetAwaiter().GetResult();
    }

    [Fact]
    public void Clock_is_the_loop_in_ticks_since_the_year_2000_in_utc()
    {
        _loop.RunUntil(15 * TimeSpan.TicksPerSecond);
        Assert.Equal(TimeSpan.TicksPerSecond, _time.TimestampFrequency);
        Assert.Equal(_loop.Now, _time.GetTimestamp());
        Assert.Equal(new DateTimeOffset(2000, 1, 1, 0, 0, 15, TimeSpan.Zero), _time.GetUtcNow());
        Assert.Equal(_time.GetUtcNow(), _time.GetLocalNow());
        Assert.Equal(TimeSpan.FromSeconds(15), _time.GetElapsedTime(0));
    }

    [Fact]
    public void Timer_fires_once_when_it_has_no_period()
    {
        Timer(Ms(3), Timeout.InfiniteTimeSpan);
        Timer(Ms(4), TimeSpan.Zero);
        _loop.RunUntil(100 * Millisecond);
        Assert.Equal([3, 4], _fired);
        Assert.Equal(0, _loop.Pending);
    }

    [Fact]
    public void Periodic_timer_fires_until_disposed()
    {
        var timer = Timer(Ms(5), Ms(10));
        _loop.RunUntil(30 * Millisecond);
        timer.Dispose();
        Assert.Equal(0, _loop.Pending);
        _loop.RunUntil(100 * Millisecond);
        Assert.Equal([5, 15, 25], _fired);
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Timer_due_at_once_fires_as_an_event_and_never_inside_change()
    {
        var timer = Timer(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Empty(_fired);
        Assert.True(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        Assert.Empty(_fired);
        _loop.RunUntil(0);
        Assert.Equal([0], _fired);
    }

    [Fact]
    public void Changing_a_timer_replaces_its_event()
    {
        var timer = Timer(Ms(5), Ms(5));
        timer.Change(Ms(50), Timeout.InfiniteTimeSpan);
        Assert.Equal(1, _loop.Pending);
        _loop.RunUntil(40 * Millisecond);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Assert.Equal(0, _loop.Pending);
        timer.Change(Ms(7), Timeout.InfiniteTimeSpan);
        _loop.RunUntil(100 * Millisecond);
        Assert.Equal([47], _fired);
    }

    [Fact]
    public void A_callback_may_change_or_dispose_its_own_timer()
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(_ =>
        {
            _fired.Add(_loop.Now / Millisecond);
            if (_fired.Count == 2)
                timer!.Change(Ms(1), Ms(1));
            if (_fired.Count == 4)
                timer!.Dispose();
        }, null, Ms(10), Ms(10));
        _loop.RunUntil(100 * Millisecond);
        Assert.Equal([10, 20, 21, 22], _fired);
    }

    [Theory]
    [InlineData(-2, 0)]
    [InlineData(0, -5)]
    public void Negative_times_are_refused(int due, int period) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Timer(Ms(due), Ms(period)));

    [Fact]
    public void Delay_continues_on_the_loop_s_thread_at_its_instant()
    {
        Run(async () =>
        {
            for (int i = 1; i <= 100; i++)
            {
                await Task.Delay(Ms(7), _time).ConfigureAwait(i % 2 == 0);
                _loop.AssertOnThread();
                Assert.Equal(i * 7 * Millisecond, _loop.Now);
            }
        });
    }

    [Fact]
    public void Delay_that_is_cancelled_leaves_the_queue_at_that_instant()
    {
        using var source = new CancellationTokenSource(Ms(5), _time);
        var delay = Task.Delay(TimeSpan.FromHours(1), _time, source.Token);
        Assert.Equal(2, _loop.Pending);
        _loop.RunUntil(5 * Millisecond);
        Assert.True(delay.IsCanceled);
        Assert.Equal(0, _loop.Pending);
    }

    [Fact]
    public void Wait_that_is_cancelled_continues_on_the_loop_s_thread()
    {
        Run(async () =>
        {
            using var source = new CancellationTokenSource(Ms(5), _time);
            var never = new TaskCompletionSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never.Task.WaitAsync(source.Token));
            _loop.AssertOnThread();
            Assert.Equal(5 * Millisecond, _loop.Now);
        });
    }

    [Fact]
    public void Disposed_cancellation_source_leaves_the_queue()
    {
        var source = new CancellationTokenSource(Ms(5), _time);
        Assert.Equal(1, _loop.Pending);
        source.Dispose();
        Assert.Equal(0, _loop.Pending);
    }

    [Fact]
    public void Periodic_timer_of_the_framework_ticks_on_the_loop_s_thread()
    {
        Run(async () =>
        {
            using var timer = new PeriodicTimer(Ms(20), _time);
            for (int i = 1; i <= 5; i++)
            {
                Assert.True(await timer.WaitForNextTickAsync());
                _loop.AssertOnThread();
                Assert.Equal(i * 20 * Millisecond, _loop.Now);
            }
        });
        Assert.Equal(0, _loop.Pending);
    }

    [Fact]
    public void Wait_with_a_time_limit_gives_up_at_that_instant()
    {
        Run(async () =>
        {
            var never = new TaskCompletionSource();
            await Assert.ThrowsAsync<TimeoutException>(() => never.Task.WaitAsync(Ms(12), _time));
            _loop.AssertOnThread();
            Assert.Equal(12 * Millisecond, _loop.Now);
        });
    }

    [Fact]
    public void Async_locals_reach_continuations_though_timers_do_not_capture_them()
    {
        var name = new AsyncLocal<string>();
        var seen = new List<string?>();
        Run(() => Task.WhenAll(Named("a", 10), Named("b", 5)));
        Assert.Equal(["b", "a"], seen);

        async Task Named(string value, int delay)
        {
            name.Value = value;
            await Task.Delay(Ms(delay), _time);
            seen.Add(name.Value);
        }
    }

    [Fact]
    public void Livelock_message_names_the_timer_s_callback()
    {
        var loop = new EventLoop { LivelockLimit = 100 };
        ITimer? timer = null;
        timer = new VirtualTimeProvider(loop).CreateTimer(Rearm, null, Ms(1), Timeout.InfiniteTimeSpan);
        var thrown = Assert.Throws<LivelockException>(() => loop.RunUntil(TimeSpan.TicksPerSecond));
        Assert.Contains(nameof(Rearm), thrown.Message);

        void Rearm(object? _) => timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
