using System.Net;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>What becomes of heads on their way through two sidecars.</summary>
public class HeadTests
{
    private const string Close = "Connection: close\r\n\r\n";

    [Fact]
    public async Task Headers_of_one_connection_stay_on_it()
    {
        string head = "";
        await using var server = RawServer.Answering(request =>
        {
            head = request;
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: basic\r\nX-End: 2\r\nVia: 1.1 old\r\nServer: mine\r\n\r\n";
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: api\r\nX-Hop: 1\r\nX-End: 2\r\nTE: trailers\r\nKeep-Alive: 5\r\nVia: 1.0 first\r\nUpgrade-Insecure-Requests: 1\r\nConnection: X-Hop, x-request-id\r\nx-request-id: chosen\r\n\r\n");
        string answer = await client.ReadUntilAsync("\r\n\r\n");
        Assert.DoesNotContain("X-Hop", head);
        Assert.DoesNotContain("Keep-Alive", head);
        Assert.DoesNotContain("TE:", head);
        Assert.Contains("X-End: 2\r\n", head);
        Assert.Contains("Via: 1.0 first\r\n", head);
        Assert.Contains("Upgrade-Insecure-Requests: 1\r\n", head);
        Assert.Matches("(?i)x-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]", head);   // the client may not take it away
        Assert.DoesNotContain("X-Hop", answer);
        Assert.DoesNotContain("Keep-Alive", answer);
        Assert.DoesNotContain("Proxy-Authenticate", answer);
        Assert.Contains("X-End: 2\r\n", answer);
        Assert.Contains("Via: 1.1 old\r\n", answer);
        Assert.Contains("Server: mine\r\n", answer);
    }

    [Theory]
    [InlineData(false, "", "http", null)]
    [InlineData(false, "x-forwarded-proto: https\r\nx-forwarded-for: 10.0.0.1\r\n", "https", "10.0.0.1")]
    [InlineData(true, "", "http", "127.0.0.1")]
    [InlineData(true, "x-forwarded-proto: https\r\nx-forwarded-for: 10.0.0.1\r\n", "http", "10.0.0.1,127.0.0.1")]
    public async Task Where_a_request_comes_from_is_told_as_envoy_tells_it(bool useRemoteAddress, string sent, string proto, string? from)
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync(
            $"{context.Request.Headers["x-forwarded-proto"]}|{context.Request.Headers["x-forwarded-for"]}|{context.Request.Headers["forwarded"]}|{context.Request.Headers["x-request-id"]}"),
            shape: config => config with { UseRemoteAddress = useRemoteAddress });
        using var client = mesh.Raw();
        string answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: api\r\n{sent}Forwarded: for=1.2.3.4\r\nx-request-id: mine\r\n{Close}");
        Assert.Contains($"{proto}|{from}|for=1.2.3.4|mine", answer);
    }

    [Fact]
    public async Task Flags_of_an_upstream_do_not_read_as_the_sidecars_own()
    {
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            context.Response.Headers["x-meshlab-flags"] = "UH";
            context.Response.Headers["x-envoy-upstream-service-time"] = "99999";
            return Task.CompletedTask;
        });
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.False(response.Headers.Contains("x-meshlab-flags"));
        Assert.InRange(int.Parse(response.Headers.GetValues("x-envoy-upstream-service-time").Single()), 0, 20_000);
    }

    [Fact]
    public async Task Bytes_beyond_ascii_pass_unchanged()
    {
        byte[] name = Encoding.UTF8.GetBytes("José");
        string latin = Encoding.Latin1.GetString(name);
        string head = "";
        await using var server = RawServer.Answering(request =>
        {
            head = request;
            return $"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Name: {latin}\r\n\r\n";
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        string answer = await client.AskAsync($"GET / HTTP/1.1\r\nHost: api\r\nX-Name: {latin}\r\n{Close}");
        Assert.Contains($"X-Name: {latin}\r\n", head);
        Assert.Contains($"X-Name: {latin}\r\n", answer);
    }

    [Fact]
    public async Task Large_heads_pass_up_to_the_limit_and_are_refused_beyond()
    {
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            context.Response.Headers["x-big"] = new string('b', 40_000);
            return context.Response.WriteAsync(context.Request.Headers["x-big"].ToString().Length.ToString());
        });
        using var client = mesh.Client();
        client.DefaultRequestHeaders.Add("x-big", new string('a', 50_000));
        var response = await client.GetAsync("/");
        Assert.Equal("50000", await response.Content.ReadAsStringAsync());
        Assert.Equal(40_000, response.Headers.GetValues("x-big").Single().Length);
        using var raw = mesh.Raw();
        Assert.StartsWith("HTTP/1.1 431", await raw.AskAsync($"GET / HTTP/1.1\r\nHost: api\r\nX-Big: {new string('a', 70_000)}\r\n{Close}"));
        using var many = mesh.Raw();
        Assert.StartsWith("HTTP/1.1 431", await many.AskAsync($"GET / HTTP/1.1\r\nHost: api\r\n{string.Concat(Enumerable.Range(0, 120).Select(i => $"x-{i}: 1\r\n"))}{Close}"));
        using var line = mesh.Raw();
        Assert.StartsWith("HTTP/1.1 414", await line.AskAsync($"GET /{new string('a', 70_000)} HTTP/1.1\r\nHost: api\r\n{Close}"));
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_in_words()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            Interlocked.Increment(ref calls);
        }, new PolicyConfig { Retries = new RetryConfig { On = RetryOn.ServerError | RetryOn.Reset } }, shape: config => config with { BodyBytes = 1000 });
        using var client = mesh.Client();
        var known = await client.PostAsync("/", new ByteArrayContent(new byte[1001]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, known.StatusCode);
        Assert.Contains("1000", await known.Content.ReadAsStringAsync());
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StreamContent(new MemoryStream(new byte[100_000])), Headers = { TransferEncodingChunked = true } };
        var unknown = await client.SendAsync(chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, unknown.StatusCode);
        Assert.NotEmpty(await unknown.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/", new ByteArrayContent(new byte[1000]))).StatusCode);
        Assert.Equal(1, calls);
        Assert.DoesNotContain(mesh.Events, e => e.Kind == MeshEventKind.RetryScheduled);
    }

    [Fact]
    public async Task A_client_that_is_slow_with_its_head_or_sends_nothing_is_closed()
    {
        await using var mesh = await LiveMesh.StartAsync(_ => Task.CompletedTask,
            shape: config => config with { HeadTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(1) });
        using var slow = mesh.Raw();
        await slow.SendAsync("GET / HTTP/1.1\r\nHost:");
        Assert.Matches("^(HTTP/1.1 408 |$)", await slow.ReadToEndAsync());
        using var silent = mesh.Raw();
        Assert.Equal("", await silent.ReadToEndAsync());
        using var idle = mesh.Raw();
        await idle.SendAsync("GET / HTTP/1.1\r\nHost: api\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await idle.ReadToEndAsync());   // which comes when the connection has been idle long enough
    }
}
