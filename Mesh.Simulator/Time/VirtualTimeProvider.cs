namespace Mesh.Simulator.Time;

/// <summary>
/// The clock of a virtual world, for code that takes a <see cref="TimeProvider"/>. Timers are events of the loop:
/// they fire on its thread, never inside <see cref="ITimer.Change"/>, and leave its queue when changed or disposed.
/// </summary>
/// <remarks>
/// Timers do not capture the execution context: <c>await</c> and <see cref="CancellationToken"/> registrations carry it themselves.
/// <c>Task.Delay</c> and <c>CancelAfter</c> truncate to whole milliseconds here as they do with the system's clock.
/// One thing escapes the thread: the continuation of a <c>Task.Delay</c> that is <i>cancelled</i>, which .NET always runs on the pool.
/// Hence no delay may take a token on the request path, and Polly's retry, whose waits are such delays, gets none.
/// </remarks>
public sealed class VirtualTimeProvider(EventLoop loop) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>10⁷: timestamps are ticks of 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, whatever the machine's time zone.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>The loop's present.</summary>
    public override long GetTimestamp() => loop.Now;

    /// <summary>The loop's present, if the world began with the year 2000.</summary>
    public override DateTimeOffset GetUtcNow() => Epoch.AddTicks(loop.Now);

    /// <summary>A timer that is one reusable event of the loop.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(loop, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
