namespace Mesh.Runtime.Faults.Tcp;

/// <summary>What a TCP fault was asked to do, and what it did.</summary>
public readonly record struct ToxicCount
{
    /// <summary>Connections, or tries to open one, that matched while it was in force.</summary>
    public long Eligible { get; init; }

    /// <summary>How many of them it should have hit on average: the sum of their chances.</summary>
    public double Requested { get; init; }

    /// <summary>How many it did hit.</summary>
    public long Hit { get; init; }

    /// <summary>Pieces of streams that it held back.</summary>
    public long Chunks { get; init; }

    /// <summary>Ticks that it was to hold them back, all together.</summary>
    public double RequestedDelayTicks { get; init; }

    /// <summary>Ticks that it did hold them back, by the clock; a timer that was late and a reader that was slow are in it.</summary>
    public double DelayTicks { get; init; }

    /// <summary>Bytes that it swallowed.</summary>
    public long DroppedBytes { get; init; }

    /// <summary>Connections that it closed.</summary>
    public long Closed { get; init; }

    /// <summary>Connections that it reset.</summary>
    public long Resets { get; init; }

    /// <summary>Connections that it kept from being opened.</summary>
    public long Refused { get; init; }

    /// <summary>Both together.</summary>
    public static ToxicCount operator +(in ToxicCount left, in ToxicCount right) => new()
    {
        Eligible = left.Eligible + right.Eligible,
        Requested = left.Requested + right.Requested,
        Hit = left.Hit + right.Hit,
        Chunks = left.Chunks + right.Chunks,
        RequestedDelayTicks = left.RequestedDelayTicks + right.RequestedDelayTicks,
        DelayTicks = left.DelayTicks + right.DelayTicks,
        DroppedBytes = left.DroppedBytes + right.DroppedBytes,
        Closed = left.Closed + right.Closed,
        Resets = left.Resets + right.Resets,
        Refused = left.Refused + right.Refused,
    };
}
