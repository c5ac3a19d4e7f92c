using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>How long a provider waits before it tries its source again: doubling from <see cref="Base"/> to <see cref="Max"/>, of which it waits a drawn part between half and all.</summary>
public sealed record ReconnectOptions
{
    /// <summary>The wait after the first failure. Default 100 ms.</summary>
    public TimeSpan Base { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait. Default 10 s.</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait after this many failures in a row.</summary>
    /// <param name="failures">From 1.</param>
    /// <param name="random">64 uniform bits.</param>
    internal TimeSpan Wait(int failures, ulong random)
    {
        double interval = Math.Min(Max.Ticks, Base.Ticks * Math.Pow(2, Math.Min(failures - 1, 40)));
        return TimeSpan.FromTicks((long)(interval * (0.5 + 0.5 * KeyedRandom.ToUnit(random))));
    }
}
