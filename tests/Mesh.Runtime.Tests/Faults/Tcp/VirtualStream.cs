using Mesh.Runtime.Faults;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Runtime.Tests.Faults.Tcp;

/// <summary>One stream under faults in virtual time, looked at every tenth of a millisecond, as a pump would.</summary>
internal sealed class VirtualStream
{
    private const long Step = TimeSpan.TicksPerMillisecond / 10;
    private readonly EventLoop _loop = new();
    private readonly ToxicChain _chain;

    public VirtualStream(ulong seed = 1, TcpStream stream = TcpStream.Downstream, ulong connection = 1)
    {
        Faults = new TcpFaultTable(new KeyedRandom(seed), new VirtualTimeProvider(_loop));
        var toxics = new ConnectionToxics(Faults, Caller, Callee, connection);
        _chain = stream == TcpStream.Upstream ? toxics.Upstream : toxics.Downstream;
    }

    public static TcpPlace Caller { get; } = new() { Service = "cart", Zone = "a" };

    public static TcpPlace Callee { get; } = new() { Service = "store", Zone = "b" };

    public TcpFaultTable Faults { get; }

    /// <summary>What came out, with its time in milliseconds.</summary>
    public List<(double At, StreamItemKind Kind, int Bytes)> Out { get; } = [];

    public long Delivered => Out.Where(item => item.Kind == StreamItemKind.Data).Sum(item => (long)item.Bytes);

    public ActiveTcpFault Inject(ToxicConfig toxic, double milliseconds = 3_600_000, double after = 0) =>
        Faults.Begin(
            new TcpFaultConfig { Name = toxic.Type, Toxic = toxic, From = toxic is PartitionConfig ? Callee : TcpPlace.Any },
            new FaultSpan(Ticks(after) + Faults.Now, Ticks(after + milliseconds) + Faults.Now));

    public void Send(int bytes) => _chain.Feed(new StreamItem(StreamItemKind.Data, bytes, _loop.Now));

    public void Finish() => _chain.Feed(new StreamItem(StreamItemKind.Finish, 0, _loop.Now));

    /// <summary>Lets time pass.</summary>
    public void Run(double milliseconds)
    {
        long end = _loop.Now + Ticks(milliseconds);
        Look();
        while (_loop.Now < end)
        {
            _loop.RunUntil(Math.Min(end, _loop.Now + Step));
            Look();
        }
    }

    private void Look()
    {
        _chain.Update(_loop.Now);
        while (_chain.TryTake(_loop.Now, out var item)) Out.Add((_loop.Now / (double)TimeSpan.TicksPerMillisecond, item.Kind, item.Bytes));
    }

    private static long Ticks(double milliseconds) => (long)(milliseconds * TimeSpan.TicksPerMillisecond);
}
