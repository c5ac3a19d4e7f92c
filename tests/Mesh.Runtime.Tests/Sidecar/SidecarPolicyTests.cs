using System.Net;
using Mesh.Runtime.Model;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>What policies read of a live message.</summary>
public class SidecarPolicyTests
{
    [Fact]
    public async Task An_answer_is_retried_because_of_its_header()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            if (Interlocked.Increment(ref calls) <= 2) context.Response.Headers["x-try-again"] = "yes";
            return context.Response.WriteAsync("done");
        }, new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.RetriableHeaders, RetriableHeaders = new([new("X-Try-Again", new TextMatch(TextMatchKind.Present))]) } });
        using var client = mesh.Client();
        using var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, calls);
    }

    [Theory]
    [InlineData(null, "127.0.0.0/8", null, HttpStatusCode.OK)]
    [InlineData(null, "10.0.0.0/8", null, HttpStatusCode.Forbidden)]
    [InlineData(null, null, "127.0.0.0/8", HttpStatusCode.OK)]
    [InlineData("203.0.113.9", null, "203.0.113.0/24", HttpStatusCode.OK)]
    [InlineData("203.0.113.9, 198.51.100.1", null, "203.0.113.0/24", HttpStatusCode.Forbidden)]
    [InlineData("203.0.113.9, 198.51.100.1", null, "198.51.100.0/24", HttpStatusCode.OK)]
    [InlineData("unknown", null, "127.0.0.0/8", HttpStatusCode.OK)]
    public async Task The_peer_and_whom_it_speaks_for_are_known_by_address(string? forwardedFor, string? ipBlock, string? remoteIpBlock, HttpStatusCode expected)
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"), new PolicyConfig
        {
            Authorization = new AuthorizationConfig
            {
                Allow = [new AuthorizationRule { From = [new SourceMatch
                {
                    IpBlocks = Blocks(ipBlock),
                    RemoteIpBlocks = Blocks(remoteIpBlock),
                }] }],
            },
        });
        using var client = mesh.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (forwardedFor is not null) request.Headers.Add("x-forwarded-for", forwardedFor);
        using var response = await client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    private static TextList Blocks(string? block) => new() { Values = block is null ? [] : [block] };
}
