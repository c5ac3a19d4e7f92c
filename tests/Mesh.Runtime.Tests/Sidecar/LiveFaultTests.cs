using System.Net;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Faults at all three sites, over real sockets.</summary>
public class LiveFaultTests
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public async Task A_delay_delays(FaultSite site)
    {
        await using var mesh = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Delay = new FixedDelay(TimeSpan.FromMilliseconds(400)) });
        using var client = mesh.Client();
        Assert.Equal(Body, await client.GetByteArrayAsync("/"));
        var end = await mesh.EndedAsync();
        Assert.InRange(end.Duration, TimeSpan.FromMilliseconds(400).Ticks, TimeSpan.FromSeconds(15).Ticks);
        Assert.Equal(1, mesh.Count(MeshEventKind.FaultInjected));
    }

    [Theory]
    [InlineData(FaultSite.Request, 1)]
    [InlineData(FaultSite.Attempt, 3)]
    [InlineData(FaultSite.Server, 3)]
    public async Task An_abort_is_an_answer_which_retries_see_behind_their_site(FaultSite site, int attempts)
    {
        await using var mesh = await StartAsync(new PolicyConfig { Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError } });
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Abort = new FaultAbort { Status = 503 } });
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("fault filter abort", await response.Content.ReadAsStringAsync());
        Assert.Equal(site == FaultSite.Request ? 0 : attempts, mesh.Count(MeshEventKind.AttemptStarted));
        Assert.Equal(attempts, mesh.Count(MeshEventKind.FaultInjected));
    }

    [Theory]
    [InlineData(FaultSite.Request, 1)]
    [InlineData(FaultSite.Attempt, 3)]
    [InlineData(FaultSite.Server, 3)]
    public async Task A_reset_breaks_the_connection_off_before_any_header(FaultSite site, int attempts)
    {
        await using var mesh = await StartAsync(new PolicyConfig { Retries = new RetryConfig { Attempts = 2, On = RetryOn.Reset } });
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Abort = new FaultAbort { Reset = true } });
        using var client = mesh.Client();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(attempts, mesh.Count(MeshEventKind.FaultInjected));
        Assert.Equal(site == FaultSite.Server ? ResponseFlags.UC | ResponseFlags.URX : site == FaultSite.Request ? ResponseFlags.UR | ResponseFlags.FI : ResponseFlags.UR | ResponseFlags.FI | ResponseFlags.URX, (await mesh.EndedAsync()).Flags);
    }

    [Fact]
    public async Task The_first_requests_alone_are_hit()
    {
        await using var mesh = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Abort = new FaultAbort { Status = 500 }, FirstRequests = 2 });
        using var client = mesh.Client();
        var statuses = new List<HttpStatusCode>();
        for (int i = 0; i < 4; i++) statuses.Add((await client.GetAsync("/")).StatusCode);
        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError, HttpStatusCode.OK, HttpStatusCode.OK], statuses);
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public async Task A_body_comes_slower(FaultSite site)
    {
        await using var mesh = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Body = new BodyFault { BytesPerSecond = 200_000 } });
        using var client = mesh.Client();
        Assert.Equal(Body, await client.GetByteArrayAsync("/"));
        Assert.InRange((await mesh.EndedAsync()).Duration, TimeSpan.FromMilliseconds(400).Ticks, TimeSpan.FromSeconds(15).Ticks);
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public async Task A_body_breaks_off(FaultSite site)
    {
        await using var mesh = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Body = new BodyFault { TruncateAfter = 0.5 } });
        using var client = mesh.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var got = new MemoryStream();
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(got));
        Assert.InRange(got.Length, 1, 50_000);
        Assert.Equal(ResponseFlags.UC, (await mesh.EndedAsync()).Flags);
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public async Task A_body_arrives_damaged_and_looks_like_a_success(FaultSite site)
    {
        await using var mesh = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Body = new BodyFault { Corrupt = true } });
        using var client = mesh.Client();
        byte[] got = await client.GetByteArrayAsync("/");
        Assert.Equal(Body.Length, got.Length);
        Assert.NotEqual(Body, got);
        Assert.Equal(200, (await mesh.EndedAsync()).Outcome);
    }

    private static Task<LiveMesh> StartAsync(PolicyConfig? policy = null) => LiveMesh.StartAsync(context =>
    {
        context.Response.ContentLength = Body.Length;
        return context.Response.Body.WriteAsync(Body).AsTask();
    }, policy);
}
