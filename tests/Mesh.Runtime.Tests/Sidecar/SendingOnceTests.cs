using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>How often a server gets to see a request that it does not answer: once for each attempt, whatever the client library would like.</summary>
public class SendingOnceTests
{
    [Theory]
    [InlineData("GET", false)]
    [InlineData("POST", false)]
    [InlineData("DELETE", false)]
    [InlineData("GET", true)]
    public async Task A_connection_that_ends_without_an_answer_fails_the_attempt(string method, bool throughSidecar)
    {
        int seen = 0;
        await using var server = RawServer.Answering(_ =>
        {
            Interlocked.Increment(ref seen);
            return null;
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port, sidecar: throughSidecar);
        using var client = mesh.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.SendAsync(request)).StatusCode);
        Assert.Equal(1, seen);
        if (!throughSidecar) Assert.Equal(ResponseFlags.UC, (await mesh.EndedAsync()).Flags);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kept_connection_that_ends_instead_of_answering_fails_the_attempt(bool throughSidecar)
    {
        int seen = 0;
        await using var server = RawServer.Answering(_ => Interlocked.Increment(ref seen) % 2 == 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : null);
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port, sidecar: throughSidecar);
        using var client = mesh.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(2, seen);
    }

    [Fact]
    public async Task A_retry_policy_repeats_it_as_often_as_it_says()
    {
        int seen = 0;
        await using var server = RawServer.Answering(_ => Interlocked.Increment(ref seen) == 3 ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : null);
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port, new PolicyConfig { Retries = new RetryConfig { Attempts = 5, On = RetryOn.Reset } }, sidecar: false);
        using var client = mesh.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
        Assert.Equal((3, 2), (seen, mesh.Count(MeshEventKind.RetryScheduled)));
    }

    [Fact]
    public async Task A_kept_connection_that_was_closed_meanwhile_is_not_used()
    {
        int seen = 0;
        await using var server = new TcpServer(async socket =>
        {
            await RawServer.ReadHeadAsync(socket);
            Interlocked.Increment(ref seen);
            await TcpServer.SendAllAsync(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        });   // and closes, without having said so
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Client();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
            await Task.Delay(200);
        }
        Assert.Equal((5, 5), (seen, server.Accepted));
    }
}
