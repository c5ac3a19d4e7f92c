using System.Diagnostics;
using System.Net;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>TCP faults on the connections that carry HTTP between sidecars.</summary>
public sealed class HttpUnderToxicsTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private LiveMesh _mesh = null!;

    public async Task InitializeAsync() => _mesh = await LiveMesh.StartAsync(
        async context =>
        {
            byte[] body = new byte[context.Request.ContentLength ?? 0];
            await context.Request.Body.ReadExactlyAsync(body);
            await context.Response.Body.WriteAsync(body);
        },
        new PolicyConfig { Timeout = TimeSpan.FromSeconds(1) });

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _mesh.DisposeAsync();
    }

    [Fact]
    public async Task Latency_is_added_to_open_connections_and_ends_with_its_lease()
    {
        await EchoAsync(10);
        var fault = Inject(new LatencyToxicConfig { Latency = TimeSpan.FromMilliseconds(200) }, 2);
        long began = Stopwatch.GetTimestamp();
        await EchoAsync(10);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(20));
        Assert.Equal(1, fault.Count.Hit);
        await Wait.Until(() => IngressFaults.InForce.Length == 0, "the lease never ends");
        await EchoAsync(10);
    }

    [Theory]
    [InlineData(TcpStream.Upstream)]
    [InlineData(TcpStream.Downstream)]
    public async Task Bodies_stay_whole_under_slices(TcpStream stream)
    {
        await EchoAsync(100);
        Inject(new SlicerToxicConfig { AverageSize = 3000, SizeVariation = 1000 }, 60, stream);
        for (int i = 0; i < 5; i++) await EchoAsync(300_000);
    }

    [Fact]
    public async Task Partition_holds_what_is_sent_until_the_deadline_and_new_connections_fail()
    {
        await EchoAsync(10);
        var fault = IngressFaults.Begin(new TcpFaultConfig { Name = "cut", Toxic = new PartitionConfig(), To = new TcpPlace { Service = "api" } }, TimeSpan.FromSeconds(60));
        var answer = await _client.GetAsync(_mesh.Ingress);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        IngressFaults.End(fault);
        await EchoAsync(10);
        Assert.Contains(_mesh.Log, facts => facts.Flags.HasFlag(ResponseFlags.UT));
    }

    [Fact]
    public async Task Refused_connections_are_UF_and_reset_ones_break_requests()
    {
        var refusal = Inject(new RefuseToxicConfig(), 60);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _client.GetAsync(_mesh.Ingress)).StatusCode);
        await Wait.Until(() => _mesh.Log.Any(facts => facts.Flags.HasFlag(ResponseFlags.UF)), "no UF in the log");
        IngressFaults.End(refusal);
        await EchoAsync(10);
        Inject(new ResetPeerToxicConfig(), 60);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PostAsync(10)).StatusCode);
    }

    private TcpFaultTable IngressFaults => _mesh.Proxies.Single(proxy => proxy.Config.Inbound is null).TcpFaults;

    private ActiveTcpFault Inject(ToxicConfig toxic, double seconds, TcpStream stream = TcpStream.Downstream) =>
        IngressFaults.Begin(new TcpFaultConfig { Name = toxic.Type, Toxic = toxic, Stream = stream, To = new TcpPlace { Service = "api" } }, TimeSpan.FromSeconds(seconds));

    private Task<HttpResponseMessage> PostAsync(int bytes)
    {
        byte[] body = new byte[bytes];
        for (int i = 0; i < bytes; i++) body[i] = (byte)(i * 7 >> 2);
        return _client.PostAsync(_mesh.Ingress, new ByteArrayContent(body));
    }

    private async Task EchoAsync(int bytes)
    {
        var answer = await PostAsync(bytes);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        byte[] back = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(bytes, back.Length);
        for (int i = 0; i < bytes; i++) if (back[i] != (byte)(i * 7 >> 2)) Assert.Fail($"byte {i} differs");
    }
}
