using CsCheck;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Faults.Tcp;

public sealed class TcpFaultTableTests
{
    private readonly VirtualStream _stream = new();

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Lease_ends_by_the_table_s_own_clock_and_lets_go_what_was_held()
    {
        _stream.Inject(new LatencyToxicConfig { Latency = TimeSpan.FromHours(1) }, milliseconds: 200);
        _stream.Send(9);
        _stream.Run(199.9);
        Assert.Empty(_stream.Out);
        _stream.Run(2);
        var (at, kind, bytes) = Assert.Single(_stream.Out);
        Assert.Equal((StreamItemKind.Data, 9), (kind, bytes));
        Assert.InRange(at, 200, 201);
        Assert.Empty(_stream.Faults.InForce);
    }

    [Fact]
    public void Fault_begins_when_its_span_does()
    {
        _stream.Inject(new LatencyToxicConfig { Latency = Ms(50) }, milliseconds: 1000, after: 100);
        _stream.Send(1);
        _stream.Run(150);
        _stream.Send(2);
        _stream.Run(100);
        Assert.Equal([(0, StreamItemKind.Data, 1), (200, StreamItemKind.Data, 2)], _stream.Out);
    }

    [Fact]
    public void Removed_toxic_passes_its_bytes_to_the_next()
    {
        var latency = _stream.Inject(new LatencyToxicConfig { Latency = TimeSpan.FromHours(1) });
        _stream.Inject(new BandwidthToxicConfig { BytesPerSecond = 10_000 });
        _stream.Send(1000);
        _stream.Run(500);
        _stream.Faults.End(latency);
        _stream.Run(500);
        var (at, _, bytes) = Assert.Single(_stream.Out);
        Assert.Equal(1000, bytes);
        Assert.InRange(at, 100, 600.2);
    }

    /// <summary>Toxics that neither drop nor close lose no byte, whatever comes and goes.</summary>
    [Fact]
    public void No_byte_is_lost_while_toxics_come_and_go() => Gen.Select(Gen.ULong, Gen.Int[0, 3].Array[40]).Sample(
        (seed, steps) =>
        {
            var stream = new VirtualStream(seed);
            var active = new List<ActiveTcpFault>();
            long sent = 0;
            for (int i = 0; i < steps.Length; i++)
            {
                switch (steps[i])
                {
                    case 0:
                        ToxicConfig toxic = (i % 4) switch
                        {
                            0 => new LatencyToxicConfig { Latency = Ms(3), Jitter = Ms(3) },
                            1 => new BandwidthToxicConfig { BytesPerSecond = 200_000 },
                            2 => new SlicerToxicConfig { AverageSize = 50, SizeVariation = 20 },
                            _ => new SlowCloseToxicConfig { Delay = Ms(4) },
                        };
                        active.Add(stream.Faults.Begin(new TcpFaultConfig { Name = $"f{i}", Toxic = toxic, Toxicity = 0.8 }, TimeSpan.FromHours(1)));
                        break;
                    case 1 when active.Count > 0:
                        stream.Faults.End(active[i % active.Count]);
                        active.RemoveAt(i % active.Count);
                        break;
                    default:
                        stream.Send(i * 10 + 1);
                        sent += i * 10 + 1;
                        stream.Run(0.5);
                        break;
                }
            }
            stream.Finish();
            stream.Run(500);
            Assert.Equal(sent, stream.Delivered);
            Assert.Equal(StreamItemKind.Finish, stream.Out[^1].Kind);
        },
        iter: 100);

    [Fact]
    public void Toxicity_is_the_share_of_connections_that_are_hit_each_as_a_whole()
    {
        var loop = new Mesh.Simulator.Time.EventLoop();
        var table = new TcpFaultTable(new KeyedRandom(3), new Mesh.Simulator.Time.VirtualTimeProvider(loop));
        var fault = table.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), To = VirtualStream.Callee, Toxicity = 0.3 }, TimeSpan.FromMinutes(1));
        int hit = 0;
        for (ulong i = 0; i < 2000; i++)
        {
            var connection = new ConnectionToxics(table, VirtualStream.Caller, VirtualStream.Callee, i);
            bool up = connection.IsHit(fault, TcpStream.Upstream);
            Assert.Equal(up, connection.IsHit(fault, TcpStream.Downstream));
            hit += up ? 1 : 0;
        }
        Assert.InRange(hit, 520, 680);
        Assert.Equal((2000, hit), (fault.Count.Eligible, fault.Count.Hit));
        Assert.Equal(600, fault.Count.Requested, 6);
    }

    [Fact]
    public void Fault_spares_whom_it_does_not_mean()
    {
        _stream.Faults.Begin(new TcpFaultConfig { Name = "other", Toxic = new TimeoutToxicConfig(), To = new TcpPlace { Service = "payments" } }, TimeSpan.FromMinutes(1));
        _stream.Faults.Begin(new TcpFaultConfig { Name = "zone", Toxic = new TimeoutToxicConfig(), From = new TcpPlace { Zone = "c" } }, TimeSpan.FromMinutes(1));
        _stream.Faults.Begin(new TcpFaultConfig { Name = "stream", Toxic = new TimeoutToxicConfig(), Stream = TcpStream.Upstream }, TimeSpan.FromMinutes(1));
        _stream.Send(4);
        _stream.Run(1);
        Assert.Equal([(0, StreamItemKind.Data, 4)], _stream.Out);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_all_at_once()
    {
        var config = new TcpFaultConfig { Name = "bad", Toxic = new SlicerToxicConfig { AverageSize = 0, SizeVariation = 5, Delay = Ms(-1) }, Toxicity = 2 };
        string problems = Assert.Throws<ArgumentException>(() => _stream.Faults.Begin(config, TimeSpan.FromDays(2))).Message;
        Assert.All(["'bad'", "toxicity", "average size", "size variation", "delay", "lease"], word => Assert.Contains(word, problems, StringComparison.Ordinal));
    }
}
