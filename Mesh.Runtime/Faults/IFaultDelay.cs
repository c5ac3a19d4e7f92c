namespace Mesh.Runtime.Faults;

/// <summary>The delays of a fault. The composition root fills it: with a fixed time, or with a distribution.</summary>
public interface IFaultDelay
{
    /// <summary>The mean in seconds, for reports.</summary>
    double Mean { get; }

    /// <summary>The delay, in ticks, that belongs to 64 uniform bits.</summary>
    long SampleTicks(ulong bits);
}

/// <summary>Always the same delay.</summary>
/// <param name="Time">How long.</param>
public sealed record FixedDelay(TimeSpan Time) : IFaultDelay
{
    /// <inheritdoc/>
    public double Mean => Time.TotalSeconds;

    /// <inheritdoc/>
    public long SampleTicks(ulong bits) => Time.Ticks;
}
