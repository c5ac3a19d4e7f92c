using Mesh.Runtime.Faults;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Services;

/// <summary>A replica's work takes longer: a factor on the service time, and a time on top of it.</summary>
/// <param name="name">The fault, which its draws follow from.</param>
/// <param name="span">When it is in force.</param>
/// <param name="factor">Times the service time.</param>
/// <param name="delay">Added to it; <c>null</c> for nothing.</param>
public sealed class Slowdown(string name, FaultSpan span, double factor, Distribution? delay)
{
    private readonly ulong _key = FaultKey.Of(name);

    /// <summary>Requests that it met, and what they took longer.</summary>
    public FaultCount Count { get; private set; }

    /// <summary>What a request that needs <paramref name="demand"/> ticks of work and arrives now needs under the fault.</summary>
    public long Apply(long demand, KeyedRandom random, ulong request, int attempt, long now)
    {
        double level = span.Level(now);
        if (level == 0) return demand;
        double extra = level * (factor - 1) * demand;
        if (delay is not null) extra += level * delay.SampleTicks(random.Bits(Concern.Fault, request ^ _key, attempt));
        long added = (long)Math.Round(extra);
        Count += new FaultCount { Eligible = 1, Requested = 1, Injected = 1, Delayed = 1, DelayTicks = added };
        return demand + added;
    }
}
