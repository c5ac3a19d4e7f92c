namespace Mesh.Runtime.Faults;

/// <summary>The time in which a fault is in force. It ends by the clock of whoever asks, without anybody having to end it: a fault is a lease.</summary>
/// <param name="From">Its first tick.</param>
/// <param name="To">One past its last tick.</param>
/// <param name="Ramp">Ticks in which it grows linearly from nothing to its full strength; 0 for full strength at once.</param>
public readonly record struct FaultSpan(long From, long To, long Ramp = 0)
{
    /// <summary>Its strength at <paramref name="now"/>: 0 outside the span, 1 at full strength.</summary>
    public double Level(long now) =>
        now < From || now >= To ? 0
        : now - From >= Ramp ? 1
        : (now - From) / (double)Ramp;
}
