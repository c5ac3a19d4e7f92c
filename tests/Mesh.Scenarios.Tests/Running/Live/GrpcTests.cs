using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Mesh.Scenarios.Running.Live;
using Mesh.Scenarios.Running.Live.Grpc;

namespace Mesh.Scenarios.Tests.Running.Live;

public sealed class GrpcTests
{
    [Fact]
    public async Task Each_of_the_four_kinds_of_call_is_answered()
    {
        await using var world = LiveWorld.WithServices("front: {endpoints: [{path: /meshlab.synthetic.v1.Synthetic/Unary, responseSize: 100KB}]}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        var client = new Synthetic.SyntheticClient(channel);
        var ten = new SyntheticRequest { Body = ByteString.CopyFrom(new byte[10]), Replies = 3, ReplyBytes = 7 };

        Assert.Equal(7, (await client.UnaryAsync(ten)).Body.Length);
        Assert.Equal(100_000, (await client.UnaryAsync(new SyntheticRequest())).Body.Length);

        using var server = client.ServerStream(ten);
        Assert.Equal([0, 1, 2], await server.ResponseStream.ReadAllAsync().Select(reply => reply.Number).ToListAsync());

        using var upload = client.ClientStream();
        for (int i = 0; i < 4; i++) await upload.RequestStream.WriteAsync(ten);
        await upload.RequestStream.CompleteAsync();
        Assert.Equal(40, (await upload.ResponseAsync).Received);

        using var duplex = client.Bidirectional();
        for (int i = 0; i < 3; i++)
        {
            await duplex.RequestStream.WriteAsync(ten);
            Assert.True(await duplex.ResponseStream.MoveNext(default));
            Assert.Equal((i, 10), (duplex.ResponseStream.Current.Number, duplex.ResponseStream.Current.Received));
        }
        await duplex.RequestStream.CompleteAsync();
        Assert.False(await duplex.ResponseStream.MoveNext(default));
    }

    [Fact]
    public async Task Every_path_of_the_scenario_is_a_method_whose_answer_any_schema_can_read()
    {
        await using var world = LiveWorld.WithServices("front: {endpoints: [{path: /shop.Cart/Get, responseSize: 5000B}, {path: /shop.Cart/Add}]}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        var got = await CallAsync(channel, "shop.Cart", "Get");
        Assert.Equal(5000, got.Length);
        Assert.Equal(5000, SyntheticReply.Parser.ParseFrom(got).CalculateSize());   // an unknown field is kept
        Assert.Empty(await CallAsync(channel, "shop.Cart", "Add"));
    }

    [Theory]
    [InlineData("errorRate: 100%, errorGrpcStatus: 9", StatusCode.FailedPrecondition)]
    [InlineData("errorRate: 100%, errorStatus: 503", StatusCode.Unavailable)]
    [InlineData("errorRate: 100%", StatusCode.Unknown)]
    public async Task An_error_of_the_scenario_is_a_gRPC_status(string errors, StatusCode status)
    {
        await using var world = LiveWorld.WithServices($"front: {{{errors}}}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        Assert.Equal(status, (await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel, "shop.Cart", "Get"))).StatusCode);
        using var duplex = new Synthetic.SyntheticClient(channel).Bidirectional();
        await duplex.RequestStream.WriteAsync(new SyntheticRequest());
        Assert.Equal(status, (await Assert.ThrowsAsync<RpcException>(() => duplex.ResponseStream.MoveNext(default))).StatusCode);
    }

    [Fact]
    public async Task Errors_come_at_the_scenario_s_rate_and_for_the_same_keys_as_over_HTTP()
    {
        await using var world = LiveWorld.WithServices("front: {errorRate: 30%, errorGrpcStatus: 14}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        int failed = 0;
        for (ulong key = 1; key <= 200; key++)
        {
            bool grpc = await FailsAsync(channel, key), http = (await world.GetAsync(front, "/shop.Cart/Get", key)).Headers.Contains("grpc-status");
            Assert.Equal(http, grpc);
            if (grpc) failed++;
        }
        Assert.InRange(failed, 35, 85);   // 60 expected
    }

    [Fact]
    public async Task A_deadline_ends_the_call_and_the_work()
    {
        await using var world = LiveWorld.WithServices("front: {serviceTime: 60s, stopsWhenAbandoned: true}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        var call = new Synthetic.SyntheticClient(channel).UnaryAsync(new SyntheticRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        await LiveWorld.Until(() => front.Read().Busy == 0, "the work stops");
    }

    [Fact]
    public async Task The_health_protocol_follows_readiness()
    {
        await using var world = LiveWorld.WithServices("front: {}");
        var front = await world.StartAsync("front");
        using var channel = GrpcChannel.ForAddress($"http://{front.Address}");
        var health = new Health.HealthClient(channel);
        foreach (string service in (string[])["", "front", "meshlab.synthetic.v1.Synthetic"])
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest { Service = service })).Status);
        front.Readiness = ServiceReadiness.Draining;
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await health.CheckAsync(new HealthCheckRequest())).Status);
    }

    private static async Task<bool> FailsAsync(GrpcChannel channel, ulong key)
    {
        try
        {
            await CallAsync(channel, "shop.Cart", "Get", key);
            return false;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable)
        {
            return true;
        }
    }

    private static async Task<byte[]> CallAsync(GrpcChannel channel, string service, string method, ulong key = 1)
    {
        var bytes = Marshallers.Create<byte[]>(message => message, message => message);
        var headers = new Metadata { { Mesh.Runtime.Proxy.MeshHeaders.Key, Mesh.Runtime.Proxy.MeshHeaders.Format(key) } };
        return await channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, method, bytes, bytes), null, new CallOptions(headers), []).ResponseAsync;
    }
}
