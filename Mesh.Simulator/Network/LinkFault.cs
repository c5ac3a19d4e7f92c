using Mesh.Runtime.Faults;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Network;

/// <summary>Where somebody stands on the network: a zone, and the service whose replica it is.</summary>
/// <param name="Zone">The zone's index.</param>
/// <param name="Service">The service's id; <see cref="ControlPlane"/> for the control plane.</param>
/// <param name="IsReplica">Whether it is a replica, and neither the ingress nor the control plane.</param>
internal readonly record struct NetworkPlace(int Zone, int Service, bool IsReplica)
{
    public const int ControlPlane = -2;
}

/// <summary>Which places are meant; -1 for any.</summary>
internal readonly record struct PlaceFilter(int Zone = -1, int Service = -1, bool ReplicasOnly = false)
{
    public bool Holds(NetworkPlace place) =>
        (Zone < 0 || place.Zone == Zone) && (Service < 0 || place.Service == Service) && (!ReplicasOnly || place.IsReplica);
}

/// <summary>
/// A fault of the network between two kinds of places. Nothing vanishes for good: what is cut off or lost, TCP sends again after 200 ms, doubling up to 120 s
/// (Linux), until it gets through.
/// </summary>
internal sealed class LinkFault(string name, FaultSpan span, PlaceFilter from, PlaceFilter to)
{
    private const long InitialRetransmission = 200 * TimeSpan.TicksPerMillisecond;
    private const long LongestRetransmission = 120 * TimeSpan.TicksPerSecond;   // Linux: TCP_RTO_MAX
    private readonly ulong _key = FaultKey.Of(name);

    /// <summary>Whether messages the other way are hit too.</summary>
    public bool BothWays { get; init; } = true;

    /// <summary>Whether nothing gets through.</summary>
    public bool Cuts { get; init; }

    /// <summary>Ticks that it is cut, and whole, in turns; 0: cut all the time.</summary>
    public long Flap { get; init; }

    /// <summary>Added to the latency; <c>null</c> for nothing.</summary>
    public Distribution? Delay { get; init; }

    /// <summary>Chance that a message is lost.</summary>
    public double Loss { get; init; }

    /// <summary>Messages that it met, and what it did to them.</summary>
    public FaultCount Count { get; private set; }

    public bool Hits(NetworkPlace sender, NetworkPlace receiver) =>
        (from.Holds(sender) && to.Holds(receiver)) || (BothWays && from.Holds(receiver) && to.Holds(sender));

    /// <summary>Ticks that a message sent now takes longer.</summary>
    public long Extra(KeyedRandom random, long now, ulong message, int attempt, int index)
    {
        double level = span.Level(now);
        if (level == 0) return 0;
        long wait = Cuts ? Blocked(now) : 0;
        if (Delay is not null) wait += (long)(level * Delay.SampleTicks(random.Bits(Concern.FaultLink, message ^ _key, attempt, index)));
        if (Loss > 0) wait += Lost(random, level * Loss, message, attempt, index);
        Count += new FaultCount { Eligible = 1, Injected = wait > 0 ? 1 : 0, Delayed = wait > 0 ? 1 : 0, DelayTicks = wait };
        return wait;
    }

    private long Blocked(long now)
    {
        long at = now;
        for (long wait = InitialRetransmission; IsCut(at); wait = Math.Min(wait * 2, LongestRetransmission)) at += wait;
        return at - now;
    }

    private bool IsCut(long at) => at >= span.From && at < span.To && (Flap == 0 || (at - span.From) / Flap % 2 == 0);

    private long Lost(KeyedRandom random, double chance, ulong message, int attempt, int index)
    {
        long lost = 0, wait = InitialRetransmission;
        for (int i = 1; i <= 15 && random.Unit(Concern.FaultLink, message ^ _key, attempt, index + i) < chance; i++, wait *= 2) lost += wait;
        return lost;
    }
}
