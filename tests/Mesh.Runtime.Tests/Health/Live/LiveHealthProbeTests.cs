using System.Net;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Mesh.Runtime.Health;
using Mesh.Runtime.Health.Live;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Endpoint = Mesh.Runtime.Model.Endpoint;

namespace Mesh.Runtime.Tests.Health.Live;

public sealed class LiveHealthProbeTests : IDisposable
{
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly LiveHealthProbe _probe;

    public LiveHealthProbeTests() => _probe = new LiveHealthProbe((_, _) => new ProbeWay(_client, Secure: false, new TcpDialer()));

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("/healthz", CheckResult.Passed)]
    [InlineData("/no-content", CheckResult.Failed)]
    [InlineData("/down", CheckResult.Failed)]
    [InlineData("/draining", CheckResult.Failed)]
    [InlineData("/hangs", CheckResult.NoAnswer)]
    [InlineData("/breaks", CheckResult.NoAnswer)]
    public async Task Http_passes_by_status(string path, CheckResult expected)
    {
        await using var app = await HttpAsync();
        Assert.Equal(expected, await AskAsync(PortOf(app), new HealthCheckConfig { Path = path }));
    }

    [Fact]
    public async Task Expected_statuses_take_the_place_of_200()
    {
        await using var app = await HttpAsync();
        var config = new HealthCheckConfig { ExpectedStatuses = [new StatusRange(202, 204)] };
        Assert.Equal(CheckResult.Passed, await AskAsync(PortOf(app), config with { Path = "/no-content" }));
        Assert.Equal(CheckResult.Failed, await AskAsync(PortOf(app), config));
    }

    [Fact]
    public async Task Http_checks_share_a_connection()
    {
        var connections = new HashSet<string>();
        await using var app = await StartAsync(HttpProtocols.Http1, _ => { }, app => app.Run(context =>
        {
            lock (connections) connections.Add(context.Connection.Id);
            return context.Response.WriteAsync("well");
        }));
        for (int i = 0; i < 5; i++) Assert.Equal(CheckResult.Passed, await AskAsync(PortOf(app), new HealthCheckConfig()));
        Assert.Single(connections);
    }

    [Theory]
    [InlineData("", CheckResult.Passed)]
    [InlineData("cart", CheckResult.Passed)]
    [InlineData("pay", CheckResult.Failed)]        // NOT_SERVING
    [InlineData("unheard-of", CheckResult.Failed)] // status NOT_FOUND
    public async Task Grpc_passes_what_serves(string service, CheckResult expected)
    {
        var health = new HealthServiceImpl();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        health.SetStatus("cart", HealthCheckResponse.Types.ServingStatus.Serving);
        health.SetStatus("pay", HealthCheckResponse.Types.ServingStatus.NotServing);
        await using var app = await StartAsync(
            HttpProtocols.Http2,
            services =>
            {
                services.AddRouting();
                services.AddGrpc();
                services.AddSingleton(health);
            },
            app => app.MapGrpcService<HealthServiceImpl>());
        var config = new HealthCheckConfig { Protocol = HealthCheckProtocol.Grpc, Service = service };
        Assert.Equal(expected, await AskAsync(PortOf(app), config));
        Assert.Equal(expected, await AskAsync(PortOf(app), config));   // over the same connection
    }

    [Fact]
    public async Task Server_without_the_health_protocol_fails()
    {
        await using var app = await StartAsync(HttpProtocols.Http2, services => { services.AddRouting(); services.AddGrpc(); }, app => app.Run(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "12";
            return Task.CompletedTask;
        }));
        Assert.Equal(CheckResult.Failed, await AskAsync(PortOf(app), new HealthCheckConfig { Protocol = HealthCheckProtocol.Grpc }));
    }

    [Theory]
    [InlineData("", "", CheckResult.Passed)]
    [InlineData("PING", "", CheckResult.Passed)]
    [InlineData("PING", "ONG", CheckResult.Passed)]
    [InlineData("PONG", "PONG", CheckResult.NoAnswer)]   // it answers nothing else, and closes
    public async Task Tcp_passes_what_sends_back_what_is_wanted(string send, string receive, CheckResult expected)
    {
        await using var server = new TcpServer(async socket =>
        {
            byte[] buffer = new byte[4];
            int read = await socket.ReceiveAsync(buffer);
            if (buffer.AsSpan(0, read).SequenceEqual("PING"u8)) foreach (byte one in "+PONG"u8.ToArray()) await TcpServer.SendAllAsync(socket, new[] { one });
        });
        Assert.Equal(expected, await AskAsync(server.Port, new HealthCheckConfig { Protocol = HealthCheckProtocol.Tcp, Send = send, Receive = receive }));
    }

    [Theory]
    [InlineData(HealthCheckProtocol.Http)]
    [InlineData(HealthCheckProtocol.Grpc)]
    [InlineData(HealthCheckProtocol.Tcp)]
    public async Task Nobody_there_is_no_answer(HealthCheckProtocol protocol) =>
        Assert.Equal(CheckResult.NoAnswer, await AskAsync(TcpServer.ClosedPort(), new HealthCheckConfig { Protocol = protocol }));

    [Theory]
    [InlineData(HealthCheckProtocol.Http)]
    [InlineData(HealthCheckProtocol.Grpc)]
    [InlineData(HealthCheckProtocol.Tcp)]
    public async Task Silence_is_no_answer_once_the_time_is_up(HealthCheckProtocol protocol)
    {
        await using var server = new TcpServer(socket => socket.ReceiveAsync(new byte[100_000]).ContinueWith(_ => Task.Delay(10_000)).Unwrap());
        Assert.Equal(CheckResult.NoAnswer, await AskAsync(server.Port, new HealthCheckConfig { Protocol = protocol, Send = "PING", Receive = "PONG" }, 300));
    }

    private async Task<CheckResult> AskAsync(int port, HealthCheckConfig config, int milliseconds = 2000)
    {
        using var timeout = new CancellationTokenSource(config.Path is "/hangs" ? 300 : milliseconds == 2000 ? 20_000 : milliseconds);
        var endpoint = new Endpoint { Id = 0, Name = "cart-0", Service = "cart", Address = new EndpointAddress("127.0.0.1", port) };
        return await _probe.ProbeAsync(0, endpoint, config, 0, timeout.Token).Within();
    }

    private static Task<WebApplication> HttpAsync() => StartAsync(HttpProtocols.Http1, _ => { }, app => app.Run(async context =>
    {
        switch (context.Request.Path)
        {
            case "/no-content": context.Response.StatusCode = 204; break;
            case "/down": context.Response.StatusCode = 503; break;
            case "/draining": context.Response.Headers["x-envoy-immediate-health-check-fail"] = "true"; break;
            case "/hangs": await Task.Delay(Timeout.Infinite, context.RequestAborted); break;
            case "/breaks": context.Abort(); break;
            default: await context.Response.WriteAsync("well"); break;
        }
    }));

    private static async Task<WebApplication> StartAsync(HttpProtocols protocols, Action<IServiceCollection> services, Action<WebApplication> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        services(builder.Services);
        var app = builder.Build();
        configure(app);
        await app.StartAsync();
        return app;
    }

    private static int PortOf(WebApplication app) => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
}
