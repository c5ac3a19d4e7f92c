using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Scenarios.Tests.Cli;

public sealed class SidecarCommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    [Theory]
    [InlineData("'cart' is not where something listens; write host:port, such as 127.0.0.1:15012", "--control-plane", "cart", "--outbound", "127.0.0.1:0")]
    [InlineData("the sidecar would have nothing to do", "--control-plane", "127.0.0.1:15012")]
    [InlineData("'--inbound' and '--application' go together", "--control-plane", "127.0.0.1:15012", "--inbound", "127.0.0.1:0")]
    [InlineData("is not an address to listen on", "--control-plane", "127.0.0.1:15012", "--outbound", "here")]
    [InlineData("Could not find", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--join-token-file", "/no/such/file")]
    [InlineData("a join token does not travel in plain text", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--join-token-file", "TOKEN")]
    [InlineData("there is no certificate in it", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--trust-bundle", "TOKEN")]
    [InlineData("is not on this machine", "--control-plane", "10.0.0.1:15012", "--outbound", "127.0.0.1:0")]
    public void Wrong_arguments_are_told_with_what_to_do(string message, params string[] args)
    {
        string token = _meshlab.Write("token", "0011.secret");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(["sidecar", "--service", "web", .. args.Select(arg => arg == "TOKEN" ? token : arg)]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Two_processes_find_each_other_through_the_control_plane_and_end_cleanly()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGINT to send on Windows");
        await using var application = await ServeAsync(app => app.Run(context => context.Response.WriteAsync("hello")), HttpProtocols.Http1);
        var system = ActorSystem.Create("control-plane", "akka.loglevel = OFF, akka.stdout-loglevel = OFF");
        IActorRef actor = ActorRefs.Nobody;
        var directory = new MeshDirectory();
        var queue = new DiscoveryQueue(100, () => actor.Tell(DiscoveryAvailable.Instance));
        actor = system.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions { Discovery = new DiscoveryState(new DiscoveryOptions(), directory), Queue = queue }));
        await using var plane = await ServeAsync(app => app.MapMeshControlPlane(), HttpProtocols.Http2, services => services.AddMeshControlPlane(new ControlPlaneTransportOptions { ControlPlane = actor, Directory = directory, Registrations = queue }));

        int outbound = FreePort();
        using var cart = MeshLabProcess.Start("sidecar", "--service", "cart", "--control-plane", $"127.0.0.1:{PortOf(plane)}", "--inbound", "127.0.0.1:0", "--application", $"127.0.0.1:{PortOf(application)}", "--state", _meshlab.File("cart"));
        using var web = MeshLabProcess.Start("sidecar", "--service", "web", "--control-plane", $"127.0.0.1:{PortOf(plane)}", "--outbound", $"127.0.0.1:{outbound}", "--calls", "cart", "--state", _meshlab.File("web"));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.Equal("hello", await CallAsync(client, outbound));

        cart.Interrupt();
        var (code, output, error) = cart.End();
        Assert.Equal(ExitCode.Passed, code);
        Assert.Contains("inbound  127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Contains("connected to the control plane", error, StringComparison.Ordinal);
        Assert.Contains("takes leave", error, StringComparison.Ordinal);
        web.Interrupt();
        Assert.Equal(ExitCode.Passed, web.End().Code);
        Assert.Single(Directory.GetFiles(_meshlab.File("web"), "*.snapshot"));
        await system.Terminate();
    }

    /// <summary>Asks until the sidecars are there and know of each other.</summary>
    private static async Task<string> CallAsync(HttpClient client, int port)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/");
                request.Headers.Host = "cart";
                using var response = await client.SendAsync(request);
                if (response.StatusCode == HttpStatusCode.OK || i > 600) return await response.Content.ReadAsStringAsync();
            }
            catch (HttpRequestException) when (i < 600)
            {
                // It does not listen yet.
            }
            await Task.Delay(50);
        }
    }

    private static async Task<WebApplication> ServeAsync(Action<WebApplication> build, HttpProtocols protocols, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        builder.Services.AddRoutingCore();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        build(app);
        await app.StartAsync();
        return app;
    }

    private static int PortOf(WebApplication app) => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
