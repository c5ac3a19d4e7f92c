using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>A TCP fault with its lease, and what it has done so far.</summary>
public sealed class ActiveTcpFault
{
    private readonly Lock _lock = new();
    private readonly ulong _key;
    private ToxicCount _count;

    internal ActiveTcpFault(TcpFaultConfig config, FaultSpan span)
    {
        Config = config;
        Span = span;
        _key = FaultKey.Of(config.Name);
    }

    /// <summary>The fault.</summary>
    public TcpFaultConfig Config { get; }

    /// <summary>Its lease: the ticks in which it is in force.</summary>
    public FaultSpan Span { get; }

    /// <summary>What it was asked to do so far, and what it did.</summary>
    public ToxicCount Count
    {
        get { lock (_lock) return _count; }
    }

    /// <summary>Whether it concerns bytes of <paramref name="stream"/> on a connection between two places.</summary>
    internal bool Hits(TcpPlace caller, TcpPlace callee, TcpStream stream) => Config.Toxic switch
    {
        PartitionConfig partition => stream == TcpStream.Upstream ? Crosses(partition, caller, callee) : Crosses(partition, callee, caller),
        RefuseToxicConfig => false,
        _ => stream == Config.Stream && Config.From.Holds(caller) && Config.To.Holds(callee),
    };

    /// <summary>Whether it keeps a connection between two places from being opened. A way that is cut in one direction opens none either.</summary>
    internal bool Blocks(TcpPlace caller, TcpPlace callee) => Config.Toxic switch
    {
        PartitionConfig partition => Crosses(partition, caller, callee) || Crosses(partition, callee, caller),
        RefuseToxicConfig => Config.From.Holds(caller) && Config.To.Holds(callee),
        _ => false,
    };

    /// <summary>Draws whether the fault hits a connection that it concerns.</summary>
    internal bool Draw(KeyedRandom random, ulong connection)
    {
        bool hit = random.Unit(Concern.Fault, connection ^ _key) < Config.Toxicity;
        Add(new ToxicCount { Eligible = 1, Requested = Config.Toxicity, Hit = hit ? 1 : 0 });
        return hit;
    }

    internal ToxicDraws DrawsFor(KeyedRandom random, ulong connection, TcpStream stream) => new(random, connection ^ _key, stream);

    internal void Add(in ToxicCount count)
    {
        lock (_lock) _count += count;
    }

    private bool Crosses(PartitionConfig partition, TcpPlace sender, TcpPlace receiver) =>
        (Config.From.Holds(sender) && Config.To.Holds(receiver)) || (!partition.OneWay && Config.From.Holds(receiver) && Config.To.Holds(sender));
}
