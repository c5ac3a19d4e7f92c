using System.Net;
using System.Net.WebSockets;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>WebSockets and other upgraded connections.</summary>
public class UpgradeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_websocket_goes_both_ways_and_outlasts_the_time_out_of_requests(HttpProtocols protocols)
    {
        await using var mesh = await LiveMesh.StartAsync(EchoAsync, new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(900), PerTryTimeout = TimeSpan.FromMilliseconds(800) }, protocols: protocols);
        using var socket = await ConnectAsync(mesh, protocols);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal($"message {i}", await SayAsync(socket, $"message {i}"));
            await Task.Delay(300);
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None).WaitAsync(Patience);
        var end = await mesh.EndedAsync();
        Assert.Equal((protocols == HttpProtocols.Http2 ? 200 : 101, ResponseFlags.None), (end.Outcome, end.Flags));
    }

    [Fact]
    public async Task The_idle_time_out_ends_a_websocket_that_both_sides_have_forgotten()
    {
        await using var mesh = await LiveMesh.StartAsync(EchoAsync, new PolicyConfig { IdleTimeout = TimeSpan.FromMilliseconds(700) });
        using var socket = await ConnectAsync(mesh, HttpProtocols.Http1);
        for (int i = 0; i < 4; i++)
        {
            await Task.Delay(300);
            Assert.Equal("alive", await SayAsync(socket, "alive"));
        }
        await Assert.ThrowsAnyAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[100], CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(ResponseFlags.SI, (await mesh.EndedAsync()).Flags & ResponseFlags.SI);
    }

    [Fact]
    public async Task What_a_client_sends_keeps_a_websocket_alive_too()
    {
        var got = new TaskCompletionSource<int>();
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            int count = 0;
            while (!(await socket.ReceiveAsync(new ArraySegment<byte>(new byte[100]), CancellationToken.None)).CloseStatus.HasValue) count++;
            got.SetResult(count);
        }, new PolicyConfig { IdleTimeout = TimeSpan.FromMilliseconds(900) });
        using var socket = await ConnectAsync(mesh, HttpProtocols.Http1);
        for (int i = 0; i < 6; i++)
        {
            await socket.SendAsync(new ArraySegment<byte>([1]), WebSocketMessageType.Binary, true, CancellationToken.None);
            await Task.Delay(300);
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Assert.Equal(6, await got.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Another_protocol_is_upgraded_to_where_the_server_wants_it()
    {
        await using var server = new TcpServer(async socket =>
        {
            string head = (await RawServer.ReadHeadAsync(socket))!;
            Assert.Contains("Upgrade: shout", head);
            Assert.Contains("Connection: Upgrade", head);
            await TcpServer.SendAllAsync(socket, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nREADY\n"u8.ToArray());
            byte[] buffer = new byte[100];
            for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
                await TcpServer.SendAllAsync(socket, Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(buffer, 0, count).ToUpperInvariant()));
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n");
        string head = await client.ReadUntilAsync("READY\n");
        Assert.StartsWith("HTTP/1.1 101 ", head);
        Assert.Contains("Upgrade: shout", head);
        await client.SendAsync("hello\n");
        Assert.Equal("HELLO\n", await client.ReadUntilAsync("\n"));
    }

    [Fact]
    public async Task An_upgrade_to_http2_in_plain_text_stays_between_client_and_sidecar()
    {
        string head = "";
        await using var server = RawServer.Answering(request =>
        {
            head = request;
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await client.ReadUntilAsync("\r\n\r\n"));
        Assert.DoesNotContain("h2c", head);
        Assert.DoesNotContain("HTTP2-Settings", head);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] buffer = new byte[4096];
        while (true)
        {
            var got = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None);
            if (got.CloseStatus is { } status)
            {
                await socket.CloseAsync(status, got.CloseStatusDescription, CancellationToken.None);
                return;
            }
            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, CancellationToken.None);
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(LiveMesh mesh, HttpProtocols protocols)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(new Uri($"ws://{mesh.Ingress.Authority}/"), new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false }), CancellationToken.None).WaitAsync(Patience);
        return socket;
    }

    private static async Task<string> SayAsync(ClientWebSocket socket, string text)
    {
        await socket.SendAsync(new ArraySegment<byte>(Encoding.UTF8.GetBytes(text)), WebSocketMessageType.Text, true, CancellationToken.None).WaitAsync(Patience);
        byte[] buffer = new byte[1000];
        var got = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), CancellationToken.None).WaitAsync(Patience);
        return Encoding.UTF8.GetString(buffer, 0, got.Count);
    }
}
