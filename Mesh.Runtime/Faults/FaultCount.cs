namespace Mesh.Runtime.Faults;

/// <summary>What a fault was asked to do, and what it did.</summary>
public readonly record struct FaultCount
{
    /// <summary>Requests or attempts that matched while it was in force.</summary>
    public long Eligible { get; init; }

    /// <summary>How many of them it should have hit on average: the sum of the chances that they had.</summary>
    public double Requested { get; init; }

    /// <summary>How many it did hit, by any of its effects.</summary>
    public long Injected { get; init; }

    /// <summary>How many waited.</summary>
    public long Delayed { get; init; }

    /// <summary>Ticks that they waited, all together.</summary>
    public double DelayTicks { get; init; }

    /// <summary>How many were answered in the service's place.</summary>
    public long Aborted { get; init; }

    /// <summary>How many passed because <see cref="Model.FaultConfig.MaxActive"/> others were held.</summary>
    public long Overflowed { get; init; }

    /// <summary>Both together.</summary>
    public static FaultCount operator +(in FaultCount left, in FaultCount right) => new()
    {
        Eligible = left.Eligible + right.Eligible,
        Requested = left.Requested + right.Requested,
        Injected = left.Injected + right.Injected,
        Delayed = left.Delayed + right.Delayed,
        DelayTicks = left.DelayTicks + right.DelayTicks,
        Aborted = left.Aborted + right.Aborted,
        Overflowed = left.Overflowed + right.Overflowed,
    };

    /// <summary>What came to pass after <paramref name="right"/>.</summary>
    public static FaultCount operator -(in FaultCount left, in FaultCount right) => new()
    {
        Eligible = left.Eligible - right.Eligible,
        Requested = left.Requested - right.Requested,
        Injected = left.Injected - right.Injected,
        Delayed = left.Delayed - right.Delayed,
        DelayTicks = left.DelayTicks - right.DelayTicks,
        Aborted = left.Aborted - right.Aborted,
        Overflowed = left.Overflowed - right.Overflowed,
    };
}
