using System.Net;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Running.Live;
using Mesh.Scenarios.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>Two sidecars in processes of their own, <c>cart</c> before an application and <c>web</c> that calls it, under a control plane in another.</summary>
public sealed class SidecarProcessTests : IDisposable
{
    private readonly MeshLab _meshlab = new();
    private readonly List<MeshLabProcess> _processes = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };
    private readonly int _outbound = FreePorts.Take();

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _client.Dispose();
        _meshlab.Dispose();
    }

    private string State => _meshlab.File("state");

    /// <summary>A control plane without any configuration.</summary>
    private async Task<(string Url, string Sidecars)> StartPlaneAsync(params string[] args)
    {
        var (process, url, sidecars) = await PlaneProcess.StartAsync(["--state", State, .. args]);
        _processes.Add(process);
        return (url, sidecars);
    }

    /// <summary>Both sidecars, once a call from the one to the other has succeeded.</summary>
    private async Task<(MeshLabProcess Cart, MeshLabProcess Web)> StartSidecarsAsync(WebApplication application, string plane, Func<string, string[]> more)
    {
        int port = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        var cart = MeshLabProcess.Start(["sidecar", "--service", "cart", "--control-plane", plane, "--inbound", "127.0.0.1:0", "--application", $"127.0.0.1:{port}", .. more("cart")]);
        var web = MeshLabProcess.Start(["sidecar", "--service", "web", "--control-plane", plane, "--outbound", $"127.0.0.1:{_outbound}", "--calls", "cart", .. more("web")]);
        _processes.AddRange([cart, web]);
        await LivePlane.Until(CallSucceedsAsync);
        return (cart, web);
    }

    private async Task<bool> CallSucceedsAsync()
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{_outbound}/");
            request.Headers.Host = "cart";
            using var response = await _client.SendAsync(request);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;   // it does not listen yet
        }
    }

    [SkippableFact]
    public async Task Sidecar_takes_leave_and_ends_cleanly_at_Ctrl_C_and_its_last_snapshot_stays()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGINT to send on Windows");
        await using var application = await ApplicationAsync();
        var (_, sidecars) = await StartPlaneAsync();
        var (cart, web) = await StartSidecarsAsync(application, sidecars, service => ["--state", _meshlab.File(service)]);
        foreach (var sidecar in new[] { cart, web })
        {
            sidecar.Interrupt();
            await sidecar.EndAsync();
            Assert.Equal(ExitCode.Passed, sidecar.Code);
        }
        Assert.Contains("inbound  127.0.0.1:", cart.Output, StringComparison.Ordinal);
        Assert.Contains("connected to the control plane", cart.Error, StringComparison.Ordinal);
        Assert.Contains("takes leave", cart.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_meshlab.File("web"), "last.snapshot")));
    }

    [Fact]
    public async Task Sidecars_join_with_tokens_over_TLS_and_call_each_other_over_mutual_TLS()
    {
        await using var application = await ApplicationAsync();
        var (url, sidecars) = await StartPlaneAsync("--tls");
        var (cart, _) = await StartSidecarsAsync(application, sidecars, service => ["--trust-bundle", Path.Combine(State, "authority", "bundle.pem"), "--join-token-file", Token(service, url)]);
        Assert.Contains("certificate: spiffe://cluster.local/ns/default/sa/cart", cart.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(_meshlab.File("cart.token")).Trim().Split('.')[1], cart.Error, StringComparison.Ordinal);
    }

    private string Token(string service, string url)
    {
        int code = _meshlab.Run("certificates", "token", $"spiffe://cluster.local/ns/default/sa/{service}", "--control-plane", url, "--token-file", Path.Combine(State, "admin.token"));
        Assert.True(code == ExitCode.Passed, _meshlab.Error);
        return _meshlab.Write($"{service}.token", _meshlab.Output);
    }

    private static async Task<WebApplication> ApplicationAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("hello"));
        await app.StartAsync();
        return app;
    }
}
