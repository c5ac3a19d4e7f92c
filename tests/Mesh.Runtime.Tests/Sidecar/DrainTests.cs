using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>A sidecar that stops lets go of its clients one by one.</summary>
public class DrainTests
{
    private const byte Settings = 4;
    private const byte GoAway = 7;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Requests_in_progress_end_and_new_ones_are_refused(HttpProtocols protocols)
    {
        var answer = new TaskCompletionSource();
        int calls = 0;
        await using var mesh = new LiveMesh(new MeshConfig { Defaults = new PolicyConfig { Retries = new RetryConfig { On = RetryOn.ServerError } } }, config => config with { DrainTime = TimeSpan.FromSeconds(30) });
        await mesh.AddServiceAsync("api", async context =>
        {
            int call = Interlocked.Increment(ref calls);
            if (call == 1) await answer.Task;
            context.Response.StatusCode = call == 1 ? 503 : 200;   // the retry comes while the sidecar stops
            context.Response.ContentLength = 8;
            await context.Response.WriteAsync($"answer {call}");
        }, protocols);
        var ingress = await mesh.OpenIngressAsync("api");
        using var client = mesh.Client(version: protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        var asked = client.GetAsync("/");
        await LiveMesh.Until(() => calls == 1);
        using var idle = mesh.Raw();
        if (protocols == HttpProtocols.Http1) await idle.SendAsync("GET / HTTP/1.1\r\nHost: api\r\n\r\n");
        if (protocols == HttpProtocols.Http1) Assert.StartsWith("HTTP/1.1 200", await idle.ReadUntilAsync("answer 2"));

        var stopped = ingress.DisposeAsync().AsTask();
        if (protocols == HttpProtocols.Http1) Assert.Equal("", await idle.ReadToEndAsync());   // kept alive for nothing
        await LiveMesh.Until(() => IsRefused(mesh.Ingress.Port));
        Assert.False(stopped.IsCompleted);
        answer.SetResult();
        var response = await asked;
        Assert.True(response.IsSuccessStatusCode, $"{response} {await response.Content.ReadAsStringAsync()} {string.Join(' ', mesh.Events.Select(e => $"{e.Kind}:{e.Outcome}:{e.Flags}"))}");
        Assert.StartsWith("answer ", await response.Content.ReadAsStringAsync());
        if (protocols == HttpProtocols.Http1) Assert.True(response.Headers.ConnectionClose);
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_client_of_http2_is_told_to_go_away_at_once(bool asked)
    {
        await using var mesh = new LiveMesh(shape: config => config with { DrainTime = TimeSpan.FromMinutes(5) });
        await mesh.AddServiceAsync("api", _ => Task.CompletedTask);
        var ingress = await mesh.OpenIngressAsync("api");
        using var client = mesh.Client(version: HttpVersion.Version20);
        if (asked) await client.GetAsync("/");
        using var raw = new TcpClient();
        await raw.ConnectAsync(IPAddress.Loopback, mesh.Ingress.Port);
        var stream = raw.GetStream();
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray());   // with empty settings
        Assert.Equal(Settings, (await ReadFrameAsync(stream))!.Value);

        var stopped = ingress.StopAsync(TimeSpan.FromMinutes(5)).AsTask();
        byte? last = null;
        while (await ReadFrameAsync(stream) is { } kind) last = kind;   // settings acknowledged, and the end
        Assert.Equal(GoAway, last);
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_client_that_has_said_nothing_yet_is_not_waited_for()
    {
        await using var mesh = new LiveMesh(shape: config => config with { DrainTime = TimeSpan.FromMinutes(5) });
        await mesh.AddServiceAsync("api", _ => Task.CompletedTask);
        var ingress = await mesh.OpenIngressAsync("api");
        using var silent = mesh.Raw();
        using var client = mesh.Client();
        await client.GetAsync("/");   // which was accepted after the silent one
        var stopped = ingress.StopAsync(TimeSpan.FromMinutes(5)).AsTask();
        Assert.Equal("", await silent.ReadToEndAsync());
        await stopped.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task What_takes_longer_than_the_drain_time_is_cut_off()
    {
        await using var mesh = new LiveMesh(shape: config => config with { DrainTime = TimeSpan.FromMilliseconds(300) });
        await mesh.AddServiceAsync("api", context => Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted));
        var ingress = await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        var asked = client.GetAsync("/");
        await LiveMesh.Until(() => mesh.Count(Runtime.Telemetry.MeshEventKind.InboundStarted) == 1);
        await ingress.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => asked);
    }

    /// <summary>The type of the next frame; <c>null</c> at the connection's end.</summary>
    private static async Task<byte?> ReadFrameAsync(Stream stream)
    {
        byte[] head = new byte[9];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false).AsTask().WaitAsync(TimeSpan.FromSeconds(20)) < head.Length) return null;
        await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        return head[3];
    }

    private static bool IsRefused(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
