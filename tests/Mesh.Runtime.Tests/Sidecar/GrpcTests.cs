using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>gRPC of a real server and a real client through two sidecars.</summary>
public sealed class GrpcTests : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<IDisposable> _channels = [];

    [Fact]
    public async Task A_unary_call_brings_its_answer_headers_and_trailers()
    {
        var (_, client) = await StartAsync();
        using var call = client.AsyncUnaryCall(EchoCalls.Unary, null, new CallOptions(new Metadata { { "x-ask", "this" } }), "hello");
        Assert.Equal("hello", await call.ResponseAsync);
        Assert.Equal("this", (await call.ResponseHeadersAsync).GetValue("x-asked"));
        Assert.Equal("words", call.GetTrailers().GetValue("x-last"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_server_streams_its_answers_one_by_one()
    {
        var (_, client) = await StartAsync();
        using var call = client.AsyncServerStreamingCall(EchoCalls.ServerStream, null, default, "a b c");
        var got = new List<string>();
        await foreach (string answer in call.ResponseStream.ReadAllAsync()) got.Add(answer);
        Assert.Equal(["a", "b", "c"], got);
    }

    [Fact]
    public async Task A_client_streams_its_questions()
    {
        var (_, client) = await StartAsync();
        using var call = client.AsyncClientStreamingCall(EchoCalls.ClientStream, null, default);
        foreach (string word in new[] { "a", "b", "c" }) await call.RequestStream.WriteAsync(word);
        await call.RequestStream.CompleteAsync();
        Assert.Equal("a b c", await call.ResponseAsync);
    }

    [Fact]
    public async Task Both_stream_in_turn_under_a_retry_policy()
    {
        var (_, client) = await StartAsync(new PolicyConfig { Retries = new RetryConfig { On = RetryOn.GrpcUnavailable | RetryOn.ServerError } });
        using var call = client.AsyncDuplexStreamingCall(EchoCalls.Duplex, null, default);
        for (int i = 0; i < 200; i++)
        {
            await call.RequestStream.WriteAsync(new string('x', 1000) + i);
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.EndsWith(i.ToString(), call.ResponseStream.Current);
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Messages_and_bytes_are_counted_both_ways_at_both_sidecars()
    {
        var (mesh, client) = await StartAsync();
        using (var call = client.AsyncDuplexStreamingCall(EchoCalls.Duplex, null, default))
        {
            string[] words = ["a", new string('b', 300_000), "", "c"];
            foreach (string word in words)
            {
                await call.RequestStream.WriteAsync(word);
                Assert.True(await call.ResponseStream.MoveNext());
            }
            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext());
        }
        using (var call = client.AsyncServerStreamingCall(EchoCalls.ServerStream, null, default, "x y z"))
            while (await call.ResponseStream.MoveNext()) { }
        await LiveMesh.Until(() => mesh.Log.Count == 4);
        var counts = mesh.Log.Select(facts => (facts.Path, facts.RequestMessages, facts.ResponseMessages, facts.BytesReceived, facts.BytesSent)).Distinct().Order();
        Assert.Equal([("/test.Echo/Duplex", 4, 4, 300_022, 300_022), ("/test.Echo/ServerStream", 1, 3, 10, 18)], counts);
    }

    [Fact]
    public async Task A_server_that_ends_a_duplex_call_first_ends_it_for_the_client()
    {
        var (mesh, client) = await StartAsync();
        using var call = client.AsyncDuplexStreamingCall(EchoCalls.Duplex, null, default);
        await call.RequestStream.WriteAsync("stop");
        Assert.False(await call.ResponseStream.MoveNext().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        await mesh.EndedAsync();
        await LiveMesh.Until(() => mesh.Log.Count == 2);
    }

    [Fact]
    public async Task Unavailable_in_the_head_is_retried()
    {
        var (mesh, client) = await StartAsync(new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.GrpcUnavailable } });
        Assert.Equal("try 3", await Unary(client, "unavailable-twice"));
        Assert.Equal(2, mesh.Count(MeshEventKind.RetryScheduled));
    }

    [Fact]
    public async Task Unavailable_in_the_trailers_is_not_retried_but_counts()
    {
        var (mesh, client) = await StartAsync(new PolicyConfig
        {
            Retries = new RetryConfig { Attempts = 3, On = RetryOn.GrpcUnavailable },
            OutlierDetection = new OutlierDetectionConfig { Consecutive5xx = 2, MaxEjectionPercent = 1, BaseEjectionTime = TimeSpan.FromSeconds(60) },
            PanicThreshold = 0,
        });
        for (int i = 1; i <= 2; i++)
        {
            using var call = client.AsyncServerStreamingCall(EchoCalls.ServerStream, null, default, "a fail");
            Assert.True(await call.ResponseStream.MoveNext());
            var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
            Assert.Equal((StatusCode.Unavailable, "mid-stream"), (error.StatusCode, error.Status.Detail));
            Assert.Equal(503, (await mesh.EndedAsync(i)).Outcome);
        }
        Assert.Equal(0, mesh.Count(MeshEventKind.RetryScheduled));
        await LiveMesh.Until(() => mesh.Log.Count == 4);
        Assert.All(mesh.Log, facts => Assert.Equal((200, 14), (facts.Status, facts.GrpcStatus)));
        Assert.Equal(1, mesh.Count(MeshEventKind.EndpointEjected));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Unary(client, "anything"));
        Assert.Equal((StatusCode.Unavailable, "no healthy upstream"), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task A_deadline_ends_the_call_everywhere()
    {
        var (mesh, client) = await StartAsync(new PolicyConfig { DeadlinePropagation = true });
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            using var call = client.AsyncUnaryCall(EchoCalls.Unary, null, new CallOptions(deadline: DateTime.UtcNow.AddMilliseconds(1500)), "sleep");
            await call.ResponseAsync;
        });
        Assert.Contains(error.StatusCode, new[] { StatusCode.DeadlineExceeded, StatusCode.Unavailable });   // the client's own, or the sidecar's 504, whoever comes first
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.RequestEnded) == 1 && mesh.Count(MeshEventKind.InboundEnded) == mesh.Count(MeshEventKind.InboundStarted));
    }

    [Fact]
    public async Task Cancellation_reaches_the_server()
    {
        var (mesh, client) = await StartAsync();
        using var patience = new CancellationTokenSource();
        using var call = client.AsyncUnaryCall(EchoCalls.Unary, null, new CallOptions(new Metadata { { "x-port", mesh.Ingress.Port.ToString() } }, cancellationToken: patience.Token), "sleep");
        await LiveMesh.Until(() => Echo.Asleep.Contains(mesh.Ingress.Port));
        patience.Cancel();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await LiveMesh.Until(() => Echo.Cancelled.Contains(mesh.Ingress.Port));
        Assert.Equal(ResponseFlags.DC, (await mesh.EndedAsync()).Flags & ResponseFlags.DC);
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public async Task An_injected_grpc_failure_looks_like_one(FaultSite site)
    {
        var (mesh, client) = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Site = site, Abort = new FaultAbort { GrpcStatus = (int)StatusCode.ResourceExhausted } });
        var error = await Assert.ThrowsAsync<RpcException>(() => Unary(client, "hello"));
        Assert.Equal((StatusCode.ResourceExhausted, "fault filter abort"), (error.StatusCode, error.Status.Detail));
    }

    [Theory]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(500, StatusCode.Unknown)]
    public async Task An_injected_http_failure_has_its_grpc_status(int http, StatusCode status)
    {
        var (mesh, client) = await StartAsync();
        mesh.Inject(new FaultConfig { Name = "f", Abort = new FaultAbort { Status = http } });
        Assert.Equal(status, (await Assert.ThrowsAsync<RpcException>(() => Unary(client, "hello"))).StatusCode);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        await using var mesh = new LiveMesh();
        mesh.AddEndpoint("api", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Tcp.TcpServer.ClosedPort()));
        await mesh.OpenIngressAsync("api");
        using var channel = GrpcChannel.ForAddress(mesh.Ingress);
        var error = await Assert.ThrowsAsync<RpcException>(() => Unary(channel.CreateCallInvoker(), "hello"));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("connection failure", error.Status.Detail);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels) channel.Dispose();
        foreach (var mesh in _open) await mesh.DisposeAsync();
    }

    private static async Task<string> Unary(CallInvoker client, string word)
    {
        using var call = client.AsyncUnaryCall(EchoCalls.Unary, null, default, word);
        return await call.ResponseAsync;
    }

    private async Task<(LiveMesh Mesh, CallInvoker Client)> StartAsync(PolicyConfig? policy = null)
    {
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy ?? new PolicyConfig() });
        _open.Add(mesh);
        var application = await mesh.AddApplicationAsync(app =>
        app.MapGrpcService<Echo>(), HttpProtocols.Http2, services =>
        {
            services.AddGrpc();
            services.AddSingleton(new Echo.Where(mesh));
        });
        await mesh.AddServiceAsync("api", application);
        await mesh.OpenIngressAsync("api");
        var channel = GrpcChannel.ForAddress(mesh.Ingress);
        _channels.Add(channel);
        return (mesh, channel.CreateCallInvoker());
    }
}
