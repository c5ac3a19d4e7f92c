using System.Net;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>However large a body is and however slow its reader, the sidecars hold little of it.</summary>
[Collection(nameof(Alone))]
public class BoundedMemoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_reader_holds_the_sender_in_bounded_memory(bool http2)
    {
        const long size = 200_000_000;
        long sent = 0;
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            byte[] chunk = new byte[64 * 1024];
            while (sent < size)
            {
                await context.Response.Body.WriteAsync(chunk);
                sent += chunk.Length;
            }
        }, protocols: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var client = mesh.Client(version: http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64 * 1024];
        long held = await StalledAt(() => Volatile.Read(ref sent));
        Assert.InRange(held, 1, 48_000_000);   // kernel buffers of three hops, HTTP/2 windows, and no more of ours
        long before = GC.GetTotalMemory(forceFullCollection: true), got = 0;
        for (int count; (count = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience)) > 0;) got += count;
        Assert.Equal(sent, got);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_server_holds_the_client_in_bounded_memory(bool http2)
    {
        const long size = 200_000_000;
        var read = new TaskCompletionSource();
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await read.Task;
            byte[] buffer = new byte[64 * 1024];
            long got = 0;
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;) got += count;
            await context.Response.WriteAsync(got.ToString());
        }, protocols: http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var client = mesh.Client(version: http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        client.Timeout = TimeSpan.FromMinutes(2);
        var body = new Generated(size);
        var answer = client.PostAsync("/", new StreamContent(body));
        long held = await StalledAt(() => body.Given);
        Assert.InRange(held, 1, 48_000_000);
        read.SetResult();
        Assert.Equal(size.ToString(), await (await answer).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Hundred_megabytes_pass_both_ways_in_bounded_memory()
    {
        const int Total = 100 << 20;
        await using var server = TcpServer.Echo();
        await using var sidecar = await TcpSidecar.StartAsync(server.Port);
        using var client = await sidecar.ConnectAsync();
        var stream = client.GetStream();
        byte[] chunk = new byte[256 * 1024];
        for (int i = 0; i < chunk.Length; i++) chunk[i] = (byte)(i * 31 >> 3);
        var sends = SendAsync();
        byte[] got = new byte[chunk.Length];
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        for (int i = 0; i < Total / chunk.Length; i++)
        {
            await stream.ReadExactlyAsync(got).Within();
            Assert.True(chunk.AsSpan().SequenceEqual(got), $"chunk {i} differs");
            if (i % 50 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        await sends.Within();
        Assert.True(most < 16 << 20, $"{most >> 10} KiB were held");

        async Task SendAsync()
        {
            for (int i = 0; i < Total / chunk.Length; i++) await stream.WriteAsync(chunk);
        }
    }

    /// <summary>Waits until a number stays as it is.</summary>
    private static async Task<long> StalledAt(Func<long> number)
    {
        long last = -1;
        for (int still = 0, looks = 0; still < 10; looks++)
        {
            Assert.True(looks < 400, "it never stalled");
            await Task.Delay(100);
            long now = number();
            still = now > 0 && now == last ? still + 1 : 0;
            last = now;
        }
        return last;
    }

    /// <summary>A body made as it is read.</summary>
    private sealed class Generated(long size) : Stream
    {
        private long _given;

        public long Given => Volatile.Read(ref _given);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position { get => _given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int some = (int)Math.Min(count, size - _given);
            Volatile.Write(ref _given, _given + some);
            return some;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
