using System.Net.Sockets;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

/// <summary>Each toxic on real sockets, measured against what was asked. No lower bound is loosened: a sidecar is late on a busy machine, never early.</summary>
public sealed class LiveToxicTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(10);

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public async Task Latency_is_added_and_measured()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        await EchoAsync(client);
        var fault = sidecar.Inject(new LatencyToxicConfig { Latency = Ms(150) });
        for (int i = 0; i < 3; i++) Assert.InRange(await Timed(sidecar, () => EchoAsync(client)), Ms(150), Generous);
        var count = fault.Count;
        Assert.Equal((1, 1, 3), (count.Eligible, count.Hit, count.Chunks));
        Assert.Equal(Ms(450).Ticks, count.RequestedDelayTicks);
        Assert.InRange(count.DelayTicks, Ms(449).Ticks, 3 * Generous.Ticks);
    }

    [Fact]
    public async Task Bandwidth_is_kept()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        sidecar.Inject(new BandwidthToxicConfig { BytesPerSecond = 400_000 });
        Assert.InRange(await Timed(sidecar, () => EchoAsync(client, 200_000)), Ms(500), Generous);
    }

    [Fact]
    public async Task Slow_close_delays_the_fin()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        await EchoAsync(client);
        sidecar.Inject(new SlowCloseToxicConfig { Delay = Ms(300) });
        Assert.InRange(
            await Timed(sidecar, async () =>
            {
                client.Client.Shutdown(SocketShutdown.Send);
                Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]).Within());
            }),
            Ms(300), Generous);
    }

    [Fact]
    public async Task Timeout_swallows_and_closes()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        var fault = sidecar.Inject(new TimeoutToxicConfig { Timeout = Ms(250) });
        await client.Client.SendAsync(new byte[50]);
        Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]).Within());
        Assert.Equal(ResponseFlags.FI, (await sidecar.NextLogAsync()).Flags);
        Assert.Equal((50, 1), (fault.Count.DroppedBytes, fault.Count.Closed));
    }

    [Fact]
    public async Task Black_hole_closes_its_connections_when_its_lease_ends_with_nobody_there_to_end_it()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        await EchoAsync(client);
        sidecar.Inject(new TimeoutToxicConfig(), seconds: 0.4);
        Assert.InRange(await Timed(sidecar, async () => Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]).Within())), Ms(390), Generous);
        using var next = await sidecar.ConnectAsync();
        await EchoAsync(next);
    }

    [Fact]
    public async Task Latency_ends_with_its_lease()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        sidecar.Inject(new LatencyToxicConfig { Latency = TimeSpan.FromMinutes(10) }, seconds: 0.4);
        Assert.InRange(await Timed(sidecar, () => EchoAsync(client)), TimeSpan.Zero, Generous);
    }

    [Fact]
    public async Task Reset_peer_sends_rst_to_both()
    {
        var upstream = new TaskCompletionSource<SocketError>();
        var got = new TaskCompletionSource();
        await using var server = new TcpServer(async socket =>
        {
            await socket.ReceiveAsync(new byte[10]);
            got.SetResult();
            upstream.SetResult(await TcpProxyTests.ResetOf(socket));
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        await client.Client.SendAsync(new byte[5]);
        await got.Task.Within();
        sidecar.Inject(new ResetPeerToxicConfig { Timeout = Ms(100) }, TcpStream.Upstream);
        await client.Client.SendAsync(new byte[5]);
        Assert.Equal(SocketError.ConnectionReset, await TcpProxyTests.ResetOf(client.Client));
        Assert.Equal(SocketError.ConnectionReset, await upstream.Task.Within());
        Assert.Equal(ResponseFlags.FI, (await sidecar.NextLogAsync()).Flags);
    }

    [Fact]
    public async Task Slicer_sends_slices_one_by_one()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        sidecar.Inject(new SlicerToxicConfig { AverageSize = 1000, SizeVariation = 100, Delay = Ms(30) });
        await client.Client.SendAsync(new byte[8000]);
        int total = 0, reads = 0;
        for (byte[] buffer = new byte[8000]; total < 8000; reads++) total += await client.Client.ReceiveAsync(buffer).Within();
        Assert.Equal(8000, total);
        Assert.True(reads > 2, $"{reads} reads for eight slices");
    }

    [Fact]
    public async Task Limit_data_closes_after_exactly_so_many_bytes()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        sidecar.Inject(new LimitDataToxicConfig { Bytes = 10_000 });
        await client.Client.SendAsync(new byte[30_000]);
        int total = 0;
        byte[] buffer = new byte[4096];
        for (int read; (read = await client.Client.ReceiveAsync(buffer).Within()) > 0;) total += read;
        Assert.Equal(10_000, total);
    }

    [Fact]
    public async Task Refused_connections_meet_a_port_where_nobody_listens_until_the_lease_ends()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var open = await sidecar.ConnectAsync();
        await EchoAsync(open);
        var fault = sidecar.Inject(new RefuseToxicConfig(), seconds: 1);
        SocketException? refused = null;
        await Wait.Until(() => (refused = TryConnect(sidecar)) is not null, "it is not refused");
        Assert.Equal(SocketError.ConnectionRefused, refused!.SocketErrorCode);
        await EchoAsync(open);   // what was open goes on
        await Wait.Until(() => TryConnect(sidecar) is null, "it is refused for ever");
        using var next = await sidecar.ConnectAsync();
        await EchoAsync(next);
        Assert.Equal(1, fault.Count.Hit);
    }

    [Fact]
    public async Task Half_of_the_connections_refused_means_half()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        var fault = sidecar.Inject(new RefuseToxicConfig(), toxicity: 0.5);
        int refused = 0;
        for (int i = 0; i < 40; i++)
        {
            refused += await sidecar.ResetsAsync() ? 1 : 0;
        }
        Assert.InRange(refused, 8, 32);
        Assert.Equal((40, refused), (fault.Count.Eligible, fault.Count.Refused));
        for (int i = 0; i < 1000 && sidecar.Log.Count(facts => facts.Flags == ResponseFlags.UF) < refused; i++) await Task.Delay(10);   // the last is told after its client has seen it
        Assert.Equal(refused, sidecar.Log.Count(facts => facts.Flags == ResponseFlags.UF));
    }

    [Fact]
    public async Task Partition_holds_open_connections_and_fails_new_ones_by_their_timeout()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port, connect: Ms(200));
        using var open = await sidecar.ConnectAsync();
        await EchoAsync(open);
        var fault = sidecar.Faults.Begin(
            new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), From = new TcpPlace { Zone = "a" }, To = new TcpPlace { Zone = "b" } }, TimeSpan.FromSeconds(60));
        await open.Client.SendAsync(new byte[1]);
        Assert.True(await sidecar.ResetsAsync());
        var log = await sidecar.NextLogAsync();
        Assert.Equal(ResponseFlags.UF, log.Flags);
        Assert.InRange(log.Duration, Ms(180), Generous);   // the platform's timers may be some milliseconds early
        Assert.Equal(0, open.Available);
        sidecar.Faults.End(fault);
        Assert.Equal(1, await open.Client.ReceiveAsync(new byte[4]).Within());   // late, and not lost
    }

    [Fact]
    public async Task Bytes_stay_whole_while_toxics_change_under_load()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        var transfers = Enumerable.Range(0, 4).Select(async i =>
        {
            using var client = await sidecar.ConnectAsync();
            for (int round = 0; round < 20; round++) await EchoAsync(client, 200_000, (byte)(i * 20 + round));
        }).ToArray();
        var all = Task.WhenAll(transfers);
        for (int i = 0; !all.IsCompleted; i++)
        {
            ToxicConfig toxic = (i % 3) switch
            {
                0 => new LatencyToxicConfig { Latency = Ms(5), Jitter = Ms(5) },
                1 => new BandwidthToxicConfig { BytesPerSecond = 20_000_000 },
                _ => new SlicerToxicConfig { AverageSize = 20_000, SizeVariation = 500 },
            };
            var fault = sidecar.Inject(toxic, i % 2 == 0 ? TcpStream.Upstream : TcpStream.Downstream, seconds: 0.05);
            await Task.Delay(20);
            if (i % 4 == 0) sidecar.Faults.End(fault);
        }
        await all.Within();
    }

    private static SocketException? TryConnect(TcpSidecar sidecar)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(System.Net.IPAddress.Loopback, sidecar.Port);
            return null;
        }
        catch (SocketException e)
        {
            return e;
        }
    }

    private static async Task EchoAsync(TcpClient client, int bytes = 1, byte fill = 1)
    {
        byte[] sent = new byte[bytes], got = new byte[bytes];
        for (int i = 0; i < bytes; i++) sent[i] = (byte)(fill + i / 7);
        var stream = client.GetStream();
        var send = stream.WriteAsync(sent);
        await stream.ReadExactlyAsync(got).Within();
        await send;
        Assert.True(sent.AsSpan().SequenceEqual(got), "other bytes came back");
    }

    private static async Task<TimeSpan> Timed(TcpSidecar sidecar, Func<Task> action)
    {
        long began = sidecar.Time.GetTimestamp();
        await action();
        return TimeSpan.FromTicks(sidecar.Time.GetTimestamp() - began);
    }
}
