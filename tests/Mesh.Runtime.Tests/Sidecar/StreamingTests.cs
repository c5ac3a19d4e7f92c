using System.Net;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Bodies that take their time, both ways, through two sidecars.</summary>
public class StreamingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task An_event_arrives_when_it_is_sent_and_the_head_before_all(HttpProtocols protocols)
    {
        var next = new SemaphoreSlim(0);
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            for (int i = 0; i < 3; i++)
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.WriteAsync($"data: {i}\n\n");
            }
        }, protocols: protocols);
        using var client = mesh.Client(version: protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (int i = 0; i < 3; i++)
        {
            next.Release();   // the next event is sent only when the last one has arrived
            Assert.Equal($"data: {i}", await reader.ReadLineAsync().WaitAsync(Patience));
            Assert.Equal("", await reader.ReadLineAsync().WaitAsync(Patience));
        }
        Assert.Null(await reader.ReadLineAsync().WaitAsync(Patience));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_long_poll_is_answered_when_there_is_something(HttpProtocols protocols)
    {
        var there = new TaskCompletionSource();
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await there.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("now");
        }, protocols: protocols);
        using var client = mesh.Client(version: protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        var poll = client.GetStringAsync("/");
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.InboundStarted) == 1);
        await Task.Delay(300);
        Assert.False(poll.IsCompleted);
        there.SetResult();
        Assert.Equal("now", await poll);
    }

    [Fact]
    public async Task Both_directions_flow_at_once_over_http2()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            byte[] buffer = new byte[1024];
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
                await context.Response.Body.FlushAsync();
            }
        }, new PolicyConfig { Retries = new RetryConfig() }, protocols: HttpProtocols.Http2);
        using var client = mesh.Client(version: HttpVersion.Version20);
        var pipe = new System.IO.Pipelines.Pipe();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new PipeContent(pipe.Reader) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        var answers = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (int i = 0; i < 5; i++)
        {
            await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"));
            Assert.Equal($"line {i}", await answers.ReadLineAsync().WaitAsync(Patience));
        }
        await pipe.Writer.CompleteAsync();
        Assert.Null(await answers.ReadLineAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task An_answer_before_the_end_of_the_body_ends_the_exchange_over_http2()
    {
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            context.Response.StatusCode = 413;
            return Task.CompletedTask;
        }, protocols: HttpProtocols.Http2);
        using var client = mesh.Client(version: HttpVersion.Version20);
        var never = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 0));
        await never.Writer.WriteAsync(new byte[100_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new PipeContent(never.Reader) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience);
        Assert.True(response.StatusCode == HttpStatusCode.RequestEntityTooLarge, $"{response} {string.Join('|', mesh.Log.Select(facts => $"{facts.Reporter} {facts.Status} {facts.Flags} {facts.UpstreamFailure}"))}");
        await mesh.EndedAsync();
        await LiveMesh.Until(() => mesh.Log.Count == 2);   // nothing waits for the rest of the body
    }

    [Fact]
    public async Task An_answer_before_the_end_of_the_body_waits_for_it_over_http1()
    {
        var answered = new TaskCompletionSource();
        await using var server = new TcpServer(async socket =>
        {
            await RawServer.ReadHeadAsync(socket);
            await TcpServer.SendAllAsync(socket, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 5\r\n\r\nlarge"u8.ToArray());
            answered.SetResult();
            byte[] rest = new byte[64 * 1024];
            while (await socket.ReceiveAsync(rest) > 0) { }
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n");
        await answered.Task.WaitAsync(Patience);
        await client.SendAsync(new string('x', 100_000));
        Assert.StartsWith("HTTP/1.1 413", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_upstream_decides_about_100_continue(bool accepts)
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            if (!accepts) context.Response.StatusCode = 417;
            else await context.Response.WriteAsync($"{(await new StreamReader(context.Request.Body).ReadToEndAsync()).Length} came");
        });
        using var client = mesh.Raw();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 5000\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        string first = await client.ReadUntilAsync("\r\n\r\n");
        if (!accepts)
        {
            Assert.StartsWith("HTTP/1.1 417", first);
            return;
        }
        Assert.StartsWith("HTTP/1.1 100 Continue\r\n", first);
        await client.SendAsync(new string('x', 5000));
        Assert.Contains("5000 came", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("HEAD", 200, "Content-Length: 1234")]
    [InlineData("GET", 204, null)]
    [InlineData("GET", 304, null)]
    [InlineData("HEAD", 404, "Content-Length: 1234")]
    public async Task Answers_without_a_body_end_with_their_head(string method, int status, string? length)
    {
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.ETag = "\"x\"";
            if (length is not null) context.Response.ContentLength = 1234;
            return Task.CompletedTask;
        });
        using var client = mesh.Raw();
        string answer = await client.AskAsync($"{method} / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.EndsWith("\r\n\r\n", answer);
        Assert.Contains("ETag: \"x\"", answer);
        Assert.DoesNotContain("Transfer-Encoding", answer);
        if (length is not null) Assert.Contains(length, answer);
        Assert.Equal(status, (await mesh.EndedAsync()).Outcome);
    }

    [Fact]
    public async Task An_old_client_is_answered_in_its_own_way()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            context.Response.ContentLength = 5;
            await context.Response.WriteAsync("hello");
        });
        using var client = mesh.Raw();
        await client.SendAsync("GET / HTTP/1.0\r\nHost: api\r\nConnection: keep-alive\r\n\r\n");
        Assert.Contains("Connection: keep-alive", await client.ReadUntilAsync("hello"));
        await client.SendAsync("GET / HTTP/1.0\r\nHost: api\r\n\r\n");
        Assert.EndsWith("hello", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_body_that_ends_with_its_connection_goes_on_whole()
    {
        await using var server = new TcpServer(async socket =>
        {
            await RawServer.ReadHeadAsync(socket);
            await TcpServer.SendAllAsync(socket, "HTTP/1.0 200 OK\r\n\r\nall of it"u8.ToArray());
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Client();
        Assert.Equal("all of it", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nonly this")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n")]
    [InlineData("Content-Length: 100\r\n\r\n")]
    public async Task A_body_that_breaks_off_breaks_off_at_the_client(string rest)
    {
        await using var server = new TcpServer(async socket =>
        {
            await RawServer.ReadHeadAsync(socket);
            await TcpServer.SendAllAsync(socket, Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{rest}"));
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port, sidecar: false);
        using var client = mesh.Client();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        var end = await mesh.EndedAsync();
        Assert.Equal((0, ResponseFlags.UC), (end.Outcome, end.Flags & ResponseFlags.UC));
        await LiveMesh.Until(() => !mesh.Log.IsEmpty);
        Assert.Equal(ResponseFlags.UC, mesh.Log.Single().Flags & ResponseFlags.UC);
    }

    [Fact]
    public async Task Trailers_of_http1_are_not_lost_where_the_client_takes_them()
    {
        await using var server = RawServer.Answering(_ => "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("42", response.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Fact]
    public async Task A_client_that_finishes_its_side_is_taken_as_gone()
    {
        await using var mesh = await LiveMesh.StartAsync(context => Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted));
        using var client = mesh.Raw();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api\r\n\r\n");
        client.Finish();
        Assert.Equal(ResponseFlags.DC, (await mesh.EndedAsync()).Flags);   // as in Envoy: HTTP has no half-closed connections
    }

    [Fact]
    public async Task Many_streams_share_few_connections()
    {
        var all = new TaskCompletionSource();
        int inside = 0, most = 0;
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            int now = Interlocked.Increment(ref inside);
            if (now == 200) all.TrySetResult();
            most = Math.Max(most, now);
            await all.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(context.Connection.Id);
        }, protocols: HttpProtocols.Http2);
        using var client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
        {
            BaseAddress = mesh.Ingress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        string[] connections = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.GetStringAsync("/")));
        Assert.Equal(200, most);
        Assert.InRange(connections.Distinct().Count(), 1, 20);
    }

    /// <summary>A body that is sent while the answer is read.</summary>
    private sealed class PipeContent(System.IO.Pipelines.PipeReader reader) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken) is var read && !(read.IsCompleted && read.Buffer.IsEmpty))
            {
                foreach (var piece in read.Buffer) await stream.WriteAsync(piece, cancellationToken);
                reader.AdvanceTo(read.Buffer.End);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
