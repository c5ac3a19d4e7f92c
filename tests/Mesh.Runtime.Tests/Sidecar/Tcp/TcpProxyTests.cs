using System.Net.Sockets;
using System.Text;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

public sealed class TcpProxyTests
{
    [Fact]
    public async Task Bytes_come_through_both_ways_and_are_counted()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using (var client = await sidecar.ConnectAsync())
        {
            var stream = client.GetStream();
            await stream.WriteAsync("hello"u8.ToArray());
            byte[] answer = new byte[5];
            await stream.ReadExactlyAsync(answer).Within();
            Assert.Equal("hello", Encoding.ASCII.GetString(answer));
            client.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await stream.ReadAsync(answer).Within());
        }
        var log = await sidecar.NextLogAsync();
        Assert.Equal((5, 5, ResponseFlags.None, null), (log.BytesReceived, log.BytesSent, log.Flags, log.Method));
        Assert.Equal($"127.0.0.1:{server.Port}", log.UpstreamHost);
        Assert.Equal(0, sidecar.Proxy.Open);
    }

    [Fact]
    public async Task Slow_reader_holds_its_sender_back()
    {
        long sent = 0;
        await using var server = new TcpServer(async socket =>
        {
            byte[] chunk = new byte[64 * 1024];
            while (true)
            {
                await TcpServer.SendAllAsync(socket, chunk);
                Interlocked.Add(ref sent, chunk.Length);
            }
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        long last = -1;
        await Wait.Until(
            () =>
            {
                Thread.Sleep(200);
                long now = Interlocked.Read(ref sent);
                (bool stands, last) = (now == last && now > 0, now);
                return stands;
            },
            "the server never stood still");
        Assert.True(last < 64 << 20, $"{last >> 20} MiB went nowhere");   // kernel buffers, and ours of 1 MiB at most
    }

    [Fact]
    public async Task Fin_of_the_client_is_passed_on_and_the_answer_still_comes()
    {
        await using var server = new TcpServer(async socket =>
        {
            byte[] buffer = new byte[1024];
            int total = 0;
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) total += read;
            await TcpServer.SendAllAsync(socket, Encoding.ASCII.GetBytes($"got {total}"));
            socket.Shutdown(SocketShutdown.Send);
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(new byte[700]);
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("got 700", await new StreamReader(stream).ReadToEndAsync().Within());
        Assert.Equal(ResponseFlags.None, (await sidecar.NextLogAsync()).Flags);
    }

    [Fact]
    public async Task Fin_of_the_server_is_passed_on_and_the_client_can_still_send()
    {
        var got = new TaskCompletionSource<int>();
        await using var server = new TcpServer(async socket =>
        {
            await TcpServer.SendAllAsync(socket, "bye"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[1024];
            int total = 0;
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) total += read;
            got.SetResult(total);
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        Assert.Equal("bye", await new StreamReader(client.GetStream(), leaveOpen: true).ReadToEndAsync().Within());
        await client.Client.SendAsync(new byte[100]);
        await client.Client.SendAsync(new byte[200]);
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(300, await got.Task.Within());
    }

    [Fact]
    public async Task Rst_of_the_server_reaches_the_client_as_rst()
    {
        await using var server = new TcpServer(async socket =>
        {
            await socket.ReceiveAsync(new byte[10]);
            socket.Close(0);
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        await client.Client.SendAsync(new byte[1]);
        Assert.Equal(SocketError.ConnectionReset, await ResetOf(client.Client));
        Assert.Equal(ResponseFlags.UC, (await sidecar.NextLogAsync()).Flags);
    }

    [Fact]
    public async Task Rst_of_the_client_reaches_the_server_as_rst()
    {
        var error = new TaskCompletionSource<SocketError>();
        var got = new TaskCompletionSource();
        await using var server = new TcpServer(async socket =>
        {
            await socket.ReceiveAsync(new byte[10]);
            got.SetResult();
            error.SetResult(await ResetOf(socket));
        });
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        var client = await sidecar.ConnectAsync();
        await client.Client.SendAsync(new byte[1]);
        await got.Task.Within();
        client.Client.Close(0);
        Assert.Equal(SocketError.ConnectionReset, await error.Task.Within());
        Assert.Equal(ResponseFlags.DC, (await sidecar.NextLogAsync()).Flags);
    }

    [Fact]
    public async Task Connection_to_nobody_is_reset_and_flagged_UF()
    {
        await using var sidecar = await TcpSidecar.StartAsync(TcpServer.ClosedPort());
        Assert.True(await sidecar.ResetsAsync());
        var log = await sidecar.NextLogAsync();
        Assert.Equal(ResponseFlags.UF, log.Flags);
        Assert.Contains("refused", log.UpstreamFailure, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Silent_connection_is_closed_after_the_idle_timeout()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port, idle: TimeSpan.FromMilliseconds(300));
        using var client = await sidecar.ConnectAsync();
        Assert.Equal(0, await client.Client.ReceiveAsync(new byte[1]).Within());
        var log = await sidecar.NextLogAsync();
        Assert.Equal(ResponseFlags.SI, log.Flags);
        Assert.InRange(log.Duration, TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Draining_lets_a_connection_finish_and_closes_it_at_its_limit()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port, drain: TimeSpan.FromMilliseconds(700));
        using var client = await sidecar.ConnectAsync();
        byte[] buffer = new byte[1];
        await Echo();
        var stop = sidecar.StopAsync();
        await Assert.ThrowsAsync<SocketException>(async () => await Wait.Until(() => false, await TryConnect()));   // it listens no more
        await Echo();
        Assert.Equal(0, await client.Client.ReceiveAsync(buffer).Within());
        await stop.Within();
        Assert.Equal(ResponseFlags.LR, (await sidecar.NextLogAsync()).Flags);

        async Task Echo()
        {
            await client.Client.SendAsync(new byte[1]);
            Assert.Equal(1, await client.Client.ReceiveAsync(buffer).Within());
        }

        async Task<string> TryConnect()
        {
            for (int i = 0; i < 1000; i++)
            {
                using var late = await sidecar.ConnectAsync();
                await Task.Delay(5);
            }
            return "it still listens";
        }
    }

    [Fact]
    public async Task Thousand_connections_at_once_echo_and_leave_nothing_open()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        var clients = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => sidecar.ConnectAsync()));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            byte[] bytes = BitConverter.GetBytes(i), back = new byte[4];
            await client.GetStream().WriteAsync(bytes);
            await client.GetStream().ReadExactlyAsync(back).Within();
            Assert.Equal(bytes, back);
        }));
        foreach (var client in clients) client.Dispose();
        await Wait.Until(() => sidecar.Proxy.Open == 0, "connections are left open");
        await Wait.Until(() => sidecar.Log.Count >= 1000, "a connection is not in the log");
        Assert.Equal(1000, sidecar.Log.Count);
    }

    internal static async Task<SocketError> ResetOf(Socket socket)
    {
        try
        {
            await socket.ReceiveAsync(new byte[10]).Within();
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
