using CsCheck;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Faults.Tcp;

public sealed class ToxicTests
{
    private readonly VirtualStream _stream = new();

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Latency_delays_each_chunk_by_as_much()
    {
        var fault = _stream.Inject(new LatencyToxicConfig { Latency = Ms(100) });
        _stream.Send(10);
        _stream.Run(30);
        _stream.Send(20);
        _stream.Run(200);
        Assert.Equal([(100, StreamItemKind.Data, 10), (130, StreamItemKind.Data, 20)], _stream.Out);
        var count = fault.Count;
        Assert.Equal((1, 1, 2), (count.Eligible, count.Hit, count.Chunks));
        Assert.Equal((Ms(200).Ticks, Ms(200).Ticks), (count.RequestedDelayTicks, count.DelayTicks));
    }

    [Fact]
    public void Jitter_stays_within_its_bounds_and_keeps_the_order() => Gen.Int[1, 1000].Sample(
        seed =>
        {
            var stream = new VirtualStream((ulong)seed);
            stream.Inject(new LatencyToxicConfig { Latency = Ms(20), Jitter = Ms(10) });
            for (int i = 1; i <= 20; i++)
            {
                stream.Send(i);
                stream.Run(1);
            }
            stream.Run(40);
            Assert.Equal(Enumerable.Range(1, 20), stream.Out.Select(item => item.Bytes));
            double before = 0;
            for (int i = 0; i < 20; i++)
            {
                Assert.InRange(stream.Out[i].At, Math.Max(before, i + 10), Math.Max(before, i + 30.1));
                before = stream.Out[i].At;
            }
        },
        iter: 20);

    [Fact]
    public void Bandwidth_paces_bytes_and_saves_nothing_up()
    {
        _stream.Inject(new BandwidthToxicConfig { BytesPerSecond = 100_000 });
        _stream.Run(500);
        _stream.Send(30_000);
        _stream.Run(1000);
        Assert.Equal([(600, StreamItemKind.Data, 10_000), (700, StreamItemKind.Data, 10_000), (800, StreamItemKind.Data, 10_000)], _stream.Out);
    }

    [Fact]
    public void Slow_close_delays_the_end_and_no_byte()
    {
        _stream.Inject(new SlowCloseToxicConfig { Delay = Ms(250) });
        _stream.Send(5);
        _stream.Finish();
        _stream.Run(300);
        Assert.Equal([(0, StreamItemKind.Data, 5), (250, StreamItemKind.Finish, 0)], _stream.Out);
    }

    [Fact]
    public void Timeout_swallows_bytes_and_closes_after_the_last_of_them()
    {
        var fault = _stream.Inject(new TimeoutToxicConfig { Timeout = Ms(100) });
        _stream.Run(60);
        _stream.Send(7);
        _stream.Run(200);
        Assert.Equal([(60, StreamItemKind.Gap, 7), (160, StreamItemKind.Close, 0)], _stream.Out);
        Assert.Equal((7, 1), (fault.Count.DroppedBytes, fault.Count.Closed));
    }

    [Fact]
    public void Black_hole_lasts_until_it_is_removed_and_then_closes()
    {
        var fault = _stream.Inject(new TimeoutToxicConfig());
        _stream.Send(7);
        _stream.Run(5000);
        Assert.Equal(StreamItemKind.Gap, Assert.Single(_stream.Out).Kind);
        _stream.Faults.End(fault);
        _stream.Run(1);
        Assert.Equal((5000, StreamItemKind.Close, 0), _stream.Out[^1]);
    }

    [Fact]
    public void Reset_peer_waits_for_the_first_bytes_and_lets_none_through()
    {
        var fault = _stream.Inject(new ResetPeerToxicConfig { Timeout = Ms(80) });
        _stream.Run(200);
        Assert.Empty(_stream.Out);
        _stream.Send(100);
        _stream.Run(200);
        Assert.Equal([(280, StreamItemKind.Reset, 0)], _stream.Out);
        Assert.Equal(1, fault.Count.Resets);
    }

    [Fact]
    public void Reset_peer_answers_the_end_of_a_stream_too()
    {
        _stream.Inject(new ResetPeerToxicConfig());
        _stream.Finish();
        _stream.Run(1);
        Assert.Equal([(0, StreamItemKind.Reset, 0)], _stream.Out);
    }

    [Fact]
    public void Limit_data_lets_so_many_bytes_through_and_closes()
    {
        _stream.Inject(new LimitDataToxicConfig { Bytes = 1000 });
        _stream.Send(600);
        _stream.Send(600);
        _stream.Send(600);
        _stream.Run(1);
        Assert.Equal([(0, StreamItemKind.Data, 600), (0, StreamItemKind.Data, 400), (0, StreamItemKind.Close, 0)], _stream.Out);
    }

    [Fact]
    public void Slicer_cuts_chunks_about_its_size_and_pauses_after_each() => Gen.Select(Gen.Int[1, 5000], Gen.Int[1, 200], Gen.Double[0, 0.99], Gen.ULong).Sample(
        (bytes, average, share, seed) =>
        {
            int variation = (int)(average * share);
            var stream = new VirtualStream(seed);
            stream.Inject(new SlicerToxicConfig { AverageSize = average, SizeVariation = variation });
            stream.Send(bytes);
            stream.Run(0.1);
            Assert.Equal(bytes, stream.Delivered);
            Assert.All(stream.Out, item => Assert.InRange(item.Bytes, 1, average + variation));
        },
        iter: 200);

    [Fact]
    public void Slicer_s_pause_follows_each_slice()
    {
        _stream.Inject(new SlicerToxicConfig { AverageSize = 100, Delay = TimeSpan.FromMicroseconds(500) });
        _stream.Send(400);
        _stream.Run(10);
        Assert.Equal([(0, StreamItemKind.Data, 100), (0.5, StreamItemKind.Data, 100), (1, StreamItemKind.Data, 100), (1.5, StreamItemKind.Data, 100)], _stream.Out);
    }

    [Fact]
    public void Partition_holds_bytes_until_the_first_retransmission_after_it()
    {
        _stream.Inject(new PartitionConfig(), milliseconds: 1000);
        _stream.Run(100);
        _stream.Send(5);   // sent again after 200, 400, 800 ms: at 300, 700, 1500
        _stream.Run(2000);
        var (at, kind, bytes) = Assert.Single(_stream.Out);
        Assert.Equal((StreamItemKind.Data, 5), (kind, bytes));
        Assert.InRange(at, 1000, 1500);
    }

    [Theory]
    [InlineData(TcpStream.Downstream, true)]    // from the store to the cart, as the partition says
    [InlineData(TcpStream.Upstream, false)]
    public void One_way_partition_cuts_one_stream(TcpStream direction, bool cut)
    {
        var stream = new VirtualStream(stream: direction);
        stream.Inject(new PartitionConfig { OneWay = true });
        stream.Send(5);
        stream.Run(500);
        Assert.Equal(cut, stream.Out.Count == 0);
    }

    [Fact]
    public void Toxics_work_one_behind_the_other()
    {
        _stream.Inject(new LatencyToxicConfig { Latency = Ms(50) });
        _stream.Inject(new BandwidthToxicConfig { BytesPerSecond = 10_000 });
        _stream.Inject(new LimitDataToxicConfig { Bytes = 1500 });
        _stream.Send(3000);
        _stream.Run(1000);
        Assert.Equal([(150, StreamItemKind.Data, 1000), (250, StreamItemKind.Data, 500), (250, StreamItemKind.Close, 0)], _stream.Out);
    }
}
