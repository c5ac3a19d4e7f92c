using System.Collections.Concurrent;
using System.Net.Sockets;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

/// <summary>Plain TCP to a service of the mesh: whom a connection goes to, and what health and caps make of it.</summary>
public sealed class ServiceRouteTests : IMeshEvents
{
    private static readonly RequestClass Store = new(0, 0, "store", "*");
    private readonly ConcurrentQueue<MeshEvent> _events = new();
    private OutboundPipeline _pipeline = null!;
    private MeshSnapshot _snapshot = MeshSnapshot.Empty;

    [Fact]
    public async Task Connections_are_spread_over_the_endpoints()
    {
        await using TcpServer a = TcpServer.Echo(), b = TcpServer.Echo();
        await using var sidecar = await StartAsync(new PolicyConfig { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin } }, a.Port, b.Port);
        for (int i = 0; i < 6; i++) await EchoAsync(sidecar);
        await Wait.Until(() => sidecar.Log.Count == 6, "connections are left open");
        Assert.Equal((3, 3), (a.Accepted, b.Accepted));
        Assert.All(sidecar.Log, facts => Assert.Equal(("store", ResponseFlags.None, 1), (facts.Destination.Service, facts.Flags, facts.Attempts)));
    }

    [Fact]
    public async Task Refused_connection_is_tried_at_another_endpoint_and_the_dead_one_is_ejected()
    {
        await using var server = TcpServer.Echo();
        var policy = new PolicyConfig
        {
            LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin },   // by load it would depend on when connections close
            Retries = new RetryConfig { Attempts = 3, On = RetryOn.ConnectFailure },
            OutlierDetection = new OutlierDetectionConfig { Consecutive5xx = 2, MaxEjectionPercent = 1 },
        };
        await using var sidecar = await StartAsync(policy, TcpServer.ClosedPort(), server.Port);
        for (int i = 0; i < 8; i++) await EchoAsync(sidecar);
        await Wait.Until(() => sidecar.Log.Count == 8, "connections are left open");
        Assert.Equal(8, server.Accepted);
        Assert.Equal(2, sidecar.Log.Count(facts => facts.Attempts == 2));   // then it was out
        Assert.Equal(0, Assert.Single(_events, e => e.Kind == MeshEventKind.EndpointEjected).Endpoint);
        Assert.Equal(8, _events.Count(e => e is { Kind: MeshEventKind.RequestEnded, Outcome: 200 }));
        Assert.Equal(2, _events.Count(e => e is { Kind: MeshEventKind.AttemptEnded, Outcome: 503, Flags: ResponseFlags.UF }));
    }

    [Fact]
    public async Task Tries_end_with_the_policy_s_and_are_flagged_URX()
    {
        await using var sidecar = await StartAsync(new PolicyConfig { Retries = new RetryConfig { Attempts = 2, On = RetryOn.ConnectFailure } }, TcpServer.ClosedPort());
        Assert.True(await sidecar.ResetsAsync());
        var log = await sidecar.NextLogAsync();
        Assert.Equal((ResponseFlags.UF | ResponseFlags.URX, 3), (log.Flags, log.Attempts));
    }

    [Fact]
    public async Task Connections_above_maxConnections_are_refused_and_the_place_comes_free()
    {
        await using var server = TcpServer.Echo();
        await using var sidecar = await StartAsync(new PolicyConfig { Limits = new LimitsConfig { MaxConnections = 1 } }, server.Port);
        using (var first = await sidecar.ConnectAsync())
        {
            await Wait.Until(() => server.Accepted == 1, "no connection upstream");
            Assert.True(await sidecar.ResetsAsync());
            Assert.Equal(ResponseFlags.UO, (await sidecar.NextLogAsync()).Flags);
        }
        await Wait.Until(() => sidecar.Proxy.Open == 0, "the first is left open");
        await EchoAsync(sidecar);
        Assert.Equal(2, server.Accepted);
    }

    [Theory]
    [InlineData(true, ResponseFlags.UH)]
    [InlineData(false, ResponseFlags.NR)]
    public async Task Service_without_endpoints_and_no_service_differ(bool known, ResponseFlags flag)
    {
        await using var sidecar = await StartAsync(new PolicyConfig());
        if (!known) _pipeline.Apply(new MeshSnapshot(2, []));
        Assert.True(await sidecar.ResetsAsync());
        Assert.Equal(flag, (await sidecar.NextLogAsync()).Flags);
    }

    void IMeshEvents.On(in MeshEvent e) => _events.Enqueue(e);

    private Task<TcpSidecar> StartAsync(PolicyConfig policy, params int[] ports)
    {
        _snapshot = new MeshSnapshot(1,
        [
            new ServiceModel
            {
                Id = 0, Name = "store", Policy = ServicePolicy.From(policy),
                Endpoints = [.. ports.Select((port, i) => new Endpoint { Id = i, Name = $"store-{i}", Service = "store", Address = new EndpointAddress("127.0.0.1", port) })],
            },
        ]);
        return TcpSidecar.StartAsync(sidecar =>
        {
            _pipeline = new OutboundPipeline(new DataPlane(sidecar.Time, new KeyedRandom(1), this, new NoUpstream()), new ProxyEntry(0, "shop", -1, "a"), "");
            _pipeline.Apply(_snapshot);
            return new ServiceRoute(_pipeline, Store, new TcpDialer(), sidecar.Faults) { Caller = TcpSidecar.Shop };
        });
    }

    private static async Task EchoAsync(TcpSidecar sidecar)
    {
        using var client = await sidecar.ConnectAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(new byte[] { 7 });
        byte[] back = new byte[1];
        await stream.ReadExactlyAsync(back).Within();
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await stream.ReadAsync(back).Within());
    }

    private sealed class NoUpstream : IUpstream
    {
        public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation) => throw new InvalidOperationException("plain TCP sends no request");
    }
}
