using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>TCP faults of the caller's sidecar hit the connections of its requests as they hit plain ones.</summary>
public class LinkFaultTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly PolicyConfig Quick = new() { Limits = new LimitsConfig { ConnectTimeout = TimeSpan.FromMilliseconds(500) } };

    [Fact]
    public async Task A_partition_swallows_new_connections_until_their_time_is_up()
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"), Quick);
        var fault = Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), From = new TcpPlace { Service = "ingress" }, To = new TcpPlace { Service = "api" } }, Lease);
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var end = await mesh.EndedAsync();
        Assert.Equal(ResponseFlags.UF, end.Flags);
        Assert.InRange(end.Duration, TimeSpan.FromMilliseconds(400).Ticks, long.MaxValue);
        Ingress(mesh).TcpFaults.End(fault);
        Assert.Equal("hello", await client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_partition_stops_open_connections_and_the_time_out_of_requests_ends_the_wait(HttpProtocols protocols)
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"), new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(700) }, protocols: protocols);
        using var client = mesh.Client(version: protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        client.DefaultRequestHeaders.Add("x-envoy-expected-rq-timeout-ms", "100000");
        Assert.Equal("hello", await client.GetStringAsync("/"));
        var fault = Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig { OneWay = true }, From = new TcpPlace { Service = "api" }, To = new TcpPlace { Service = "ingress" } }, Lease);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(2, mesh.Count(MeshEventKind.InboundStarted));   // one way: the request arrives, the answer does not
        Ingress(mesh).TcpFaults.End(fault);
        Assert.Equal("hello", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_partition_that_ends_in_time_is_only_a_delay()
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"));
        using var client = mesh.Client();
        await client.GetStringAsync("/");
        Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), To = new TcpPlace { Service = "api" } }, TimeSpan.FromMilliseconds(700));
        Assert.Equal("hello", await client.GetStringAsync("/"));   // by its lease, though nobody ends it
        Assert.InRange((await mesh.EndedAsync(2)).Duration, TimeSpan.FromMilliseconds(500).Ticks, long.MaxValue);
    }

    [Fact]
    public async Task A_partition_stops_a_body_that_is_under_way()
    {
        var go = new SemaphoreSlim(0);
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await go.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("second");
        }, new PolicyConfig { IdleTimeout = TimeSpan.FromMilliseconds(600) });
        using var client = mesh.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync();
        await stream.ReadExactlyAsync(new byte[5]);
        Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), To = new TcpPlace { Service = "api" } }, Lease);
        go.Release();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadExactlyAsync(new byte[6]).AsTask());
        Assert.Equal(ResponseFlags.SI, (await mesh.EndedAsync()).Flags & ResponseFlags.SI);
    }

    [Fact]
    public async Task A_refused_connection_fails_at_once_and_is_retried_elsewhere()
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"),
            new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.ConnectFailure, AvoidTried = 5 } }, replicas: 2);
        Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "no", Toxic = new RefuseToxicConfig(), To = new TcpPlace { Replica = "api-0" } }, Lease);
        using var client = mesh.Client();
        for (int i = 0; i < 20; i++) Assert.Equal("hello", await client.GetStringAsync("/"));
        Assert.Contains(mesh.Events, e => e.Kind == MeshEventKind.AttemptEnded && e.Endpoint == 0 && e.Flags.HasFlag(ResponseFlags.UF));
        Assert.DoesNotContain(mesh.Events, e => e.Kind == MeshEventKind.AttemptEnded && e.Endpoint == 1 && e.Flags != ResponseFlags.None);
        await LiveMesh.Until(() => mesh.Log.Any(facts => facts.UpstreamHost is not null));
    }

    [Fact]
    public async Task Latency_holds_the_request_and_the_answer()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            byte[] body = new byte[300_000];
            await context.Request.Body.ReadExactlyAsync(body);
            await context.Response.Body.WriteAsync(body);
        });
        using var client = mesh.Client();
        byte[] sent = new byte[300_000];
        new Random(1).NextBytes(sent);
        foreach (var stream in new[] { TcpStream.Upstream, TcpStream.Downstream })
            Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = stream.ToString(), Stream = stream, Toxic = new LatencyToxicConfig { Latency = TimeSpan.FromMilliseconds(300) } }, Lease);
        var response = await client.PostAsync("/", new ByteArrayContent(sent));
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
        Assert.InRange((await mesh.EndedAsync()).Duration, TimeSpan.FromMilliseconds(600).Ticks, TimeSpan.FromSeconds(15).Ticks);
    }

    [Fact]
    public async Task Other_toxics_hit_requests_too()
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.Body.WriteAsync(new byte[100_000]).AsTask());
        using var client = mesh.Client();
        await client.GetByteArrayAsync("/");
        var limit = Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "limit", Toxic = new LimitDataToxicConfig { Bytes = 50_000 } }, Lease);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetByteArrayAsync("/"));
        Ingress(mesh).TcpFaults.End(limit);
        var slices = Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "slices", Toxic = new SlicerToxicConfig { AverageSize = 1000, SizeVariation = 500 } }, Lease);
        Assert.Equal(100_000, (await client.GetByteArrayAsync("/")).Length);
        Ingress(mesh).TcpFaults.End(slices);
        Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "reset", Toxic = new ResetPeerToxicConfig() }, Lease);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_fault_between_other_places_is_none_here()
    {
        await using var mesh = await LiveMesh.StartAsync(context => context.Response.WriteAsync("hello"));
        Ingress(mesh).TcpFaults.Begin(new TcpFaultConfig { Name = "zones", Toxic = new PartitionConfig(), From = new TcpPlace { Zone = "a" }, To = new TcpPlace { Zone = "b" } }, Lease);
        using var client = mesh.Client();
        Assert.Equal("hello", await client.GetStringAsync("/"));
    }

    private static LiveProxy Ingress(LiveMesh mesh) => mesh.Proxies[^1];
}
