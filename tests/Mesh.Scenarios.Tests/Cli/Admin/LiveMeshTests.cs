using System.Diagnostics;
using System.Net;
using System.Text.Json;
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

/// <summary>A whole live mesh in processes of their own: the control plane, two sidecars, an application behind one of them and a client before the other.</summary>
public sealed class LiveMeshTests : IAsyncLifetime
{
    private const string Configuration = "version: 1\nservices: {cart: {}, web: {}}\n";

    private readonly MeshLab _meshlab = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly List<MeshLabProcess> _sidecars = [];
    private readonly int _outbound = FreePorts.Take();
    private WebApplication _application = null!;
    private MeshLabProcess _plane = null!;
    private string _url = "";
    private string _sidecarAddress = "127.0.0.1:0";

    private string State => _meshlab.File("state");

    private string[] Where => ["--control-plane", _url, "--token-file", Path.Combine(State, "admin.token")];

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_meshlab.File("conf"));
        _meshlab.Write("conf/mesh.yaml", Configuration);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(context => context.Response.WriteAsync("hello"));
        await _application.StartAsync();
        await StartPlaneAsync();
        int port = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        _sidecars.Add(MeshLabProcess.Start("sidecar", "--service", "cart", "--control-plane", _sidecarAddress, "--inbound", "127.0.0.1:0", "--application", $"127.0.0.1:{port}"));
        _sidecars.Add(MeshLabProcess.Start("sidecar", "--service", "web", "--control-plane", _sidecarAddress, "--outbound", $"127.0.0.1:{_outbound}"));
        await LivePlane.Until(async () => await CallAsync() == HttpStatusCode.OK);
    }

    public async Task DisposeAsync()
    {
        _sidecars.ForEach(sidecar => sidecar.Dispose());
        _plane.Dispose();
        _client.Dispose();
        await _application.DisposeAsync();
        _meshlab.Dispose();
    }

    private async Task StartPlaneAsync() => (_plane, _url, _sidecarAddress) = await PlaneProcess.StartAtAsync(_sidecarAddress, _meshlab.File("conf"), "--state", State);

    private async Task<HttpStatusCode> CallAsync()
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{_outbound}/");
            request.Headers.Host = "cart";
            using var answer = await _client.SendAsync(request);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;   // the sidecar does not listen yet
        }
    }

    private JsonElement Ask(params string[] command)
    {
        Assert.True(_meshlab.Run([.. command, .. Where, "--json"]) == ExitCode.Passed, _meshlab.Error);
        return JsonDocument.Parse(_meshlab.Output).RootElement;
    }

    [Fact]
    public async Task Fault_is_measured_beside_what_was_asked_and_nothing_stays_of_it()
    {
        Ask("inject", "abort=418", "--service", "cart", "--for", "10m", "--detach", "--allow-large");
        await LivePlane.Until(async () => await CallAsync() == (HttpStatusCode)418);
        await LivePlane.Until(() => Task.FromResult(Ask("faults")[0].GetProperty("injected").GetInt64() > 0));
        var fault = Ask("faults")[0];
        Assert.Equal(fault.GetProperty("eligible").GetInt64(), fault.GetProperty("injected").GetInt64());
        Assert.Equal(fault.GetProperty("injected").GetInt64(), fault.GetProperty("requested").GetDouble());
        Assert.Equal(fault.GetProperty("injected").GetInt64(), fault.GetProperty("aborted").GetInt64());

        Ask("inject", "stop", "--all");
        await LivePlane.Until(async () => await CallAsync() == HttpStatusCode.OK);
        Assert.Equal(0, Ask("faults").GetArrayLength());
    }

    [Fact]
    public async Task Control_plane_that_is_killed_costs_no_request_and_finds_everybody_again()
    {
        var proxies = Ask("proxies");
        Assert.Equal(["cart", "web"], proxies.EnumerateArray().Select(proxy => proxy.GetProperty("service").GetString()).Order());
        _plane.Kill();
        var calls = new List<HttpStatusCode>();
        for (int i = 0; i < 50; i++) calls.Add(await CallAsync());
        Assert.All(calls, status => Assert.Equal(HttpStatusCode.OK, status));
        _plane.Dispose();
        await StartPlaneAsync();
        await LivePlane.Until(() => Task.FromResult(Ask("proxies").EnumerateArray().Count(proxy => proxy.GetProperty("connected").GetBoolean()) == 2));
        Assert.Equal(HttpStatusCode.OK, await CallAsync());
    }

    [Fact]
    public async Task Fault_ends_in_the_sidecars_on_time_though_the_control_plane_is_dead()
    {
        Ask("inject", "abort=418", "--service", "cart", "--for", "6s", "--detach", "--allow-large");
        long began = Stopwatch.GetTimestamp();
        await LivePlane.Until(async () => await CallAsync() == (HttpStatusCode)418);
        _plane.Kill();
        await LivePlane.Until(async () => await CallAsync() == HttpStatusCode.OK);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 3, 12);   // a busy machine is late, never early
    }
}
