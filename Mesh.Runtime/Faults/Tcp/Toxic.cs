using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>What a toxic makes of the next bytes, or of the end, of its stream.</summary>
/// <param name="Action">What happens.</param>
/// <param name="Bytes">To how many of the bytes; the toxic is asked again about the rest.</param>
/// <param name="At">When, in ticks; not before the bytes came.</param>
internal readonly record struct ToxicVerdict(ToxicAction Action, int Bytes, long At);

/// <summary>What can happen to bytes.</summary>
internal enum ToxicAction
{
    /// <summary>They are passed on.</summary>
    Deliver,

    /// <summary>They vanish.</summary>
    Drop,

    /// <summary>The connection is closed, both ways.</summary>
    Close,

    /// <summary>The connection is reset, both ways.</summary>
    Reset,
}

/// <summary>
/// A toxic on one stream of one connection: a decision without clock, timer or socket. Times are those at which bytes reach it,
/// which a late timer does not move, so that no error adds up. Semantics follow Toxiproxy's toxics of the same name.
/// </summary>
internal abstract class Toxic
{
    /// <summary>When it closes the connection by itself, in ticks; <see cref="long.MaxValue"/> for never.</summary>
    public virtual long Due => long.MaxValue;

    /// <summary>Whether its end closes the connection.</summary>
    public virtual bool ClosesAtItsEnd => false;

    /// <summary>The verdict on bytes that reach it.</summary>
    /// <param name="bytes">How many, above 0: a chunk, or what is left of one.</param>
    /// <param name="at">When they came, in ticks.</param>
    /// <param name="draws">Its own draws.</param>
    public abstract ToxicVerdict OnData(int bytes, long at, ToxicDraws draws);

    /// <summary>The verdict on the end of the stream, whether by FIN or RST.</summary>
    public virtual ToxicVerdict OnEnd(long at) => new(ToxicAction.Deliver, 0, at);

    /// <summary>The decision that a config asks for.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="now">When it begins on this connection, in ticks.</param>
    /// <param name="ends">When its lease ends, in ticks.</param>
    public static Toxic Create(TcpFaultConfig fault, long now, long ends) => fault.Toxic switch
    {
        LatencyToxicConfig config => new LatencyToxic(config),
        BandwidthToxicConfig config => new BandwidthToxic(config),
        SlowCloseToxicConfig config => new SlowCloseToxic(config),
        TimeoutToxicConfig config => new TimeoutToxic(config, now),
        ResetPeerToxicConfig config => new ResetPeerToxic(config),
        SlicerToxicConfig config => new SlicerToxic(config),
        LimitDataToxicConfig config => new LimitDataToxic(config),
        PartitionConfig => new PartitionToxic(ends),
        _ => throw new ArgumentException($"the fault '{fault.Name}' of the type '{fault.Toxic.Type}' does nothing to open connections", nameof(fault)),
    };
}
