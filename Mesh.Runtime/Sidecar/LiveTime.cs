namespace Mesh.Runtime.Sidecar;

/// <summary>
/// The system's time with a world's origin: <see cref="TimeProvider.GetTimestamp"/> is ticks of 100 ns since this object was made, as in the virtual world,
/// so that events, deadlines and records of both worlds read alike.
/// </summary>
public sealed class LiveTime : TimeProvider
{
    private readonly TimeProvider _system;

    /// <summary>A world that begins now.</summary>
    /// <param name="system">The clock and timers beneath. Default: the system's.</param>
    public LiveTime(TimeProvider? system = null)
    {
        _system = system ?? System;
        Origin = _system.GetTimestamp();
        Began = _system.GetUtcNow();
    }

    /// <summary>A world that another process of this machine began: both have the same ticks.</summary>
    /// <param name="origin">That world's <see cref="Origin"/>.</param>
    /// <param name="began">That world's <see cref="Began"/>.</param>
    public LiveTime(long origin, DateTimeOffset began) => (_system, Origin, Began) = (System, origin, began);

    /// <summary>The system's timestamp at the world's tick 0. All processes of a machine have one timestamp, as long as it runs.</summary>
    public long Origin { get; }

    /// <summary>The wall clock at the world's tick 0.</summary>
    public DateTimeOffset Began { get; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => _system.GetElapsedTime(Origin).Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _system.GetUtcNow();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _system.CreateTimer(callback, state, dueTime, period);

    /// <summary>A wall-clock time in the world's ticks.</summary>
    public long ToTicks(DateTimeOffset time) => (time - Began).Ticks;
}
