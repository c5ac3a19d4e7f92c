using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.ControlPlane.Hosting;
using Mesh.Scenarios.Cli.Admin;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live.Desired;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>A control plane in this process: real sockets, a real store, the real language.</summary>
internal sealed class LivePlane : IAsyncDisposable
{
    public const string Mesh = """
        version: 1
        services:
          cart: {address: [127.0.0.1:8081, 127.0.0.1:8082]}
          pay: {address: 127.0.0.1:9001}
        mesh:
          services:
            cart: {timeout: 1s}
        """;

    private readonly DirectoryInfo _folder;
    private readonly ControlPlaneHost _host;

    private LivePlane(DirectoryInfo folder, ControlPlaneHost host, Uri address) => (_folder, _host, Address) = (folder, host, address);

    public Uri Address { get; }

    public string State => Path.Combine(_folder.FullName, "state");

    public string Configuration => Path.Combine(_folder.FullName, "configuration");

    public string TokenFile => Path.Combine(State, AdminToken.FileName);

    public string Token => File.ReadAllText(TokenFile).Trim();

    public List<string> Log { get; } = [];

    public static async Task<LivePlane> StartAsync(Func<AdminOptions, AdminOptions>? admin = null, string mesh = Mesh)
    {
        var folder = Directory.CreateTempSubdirectory("meshlab-plane");
        string state = Path.Combine(folder.FullName, "state"), configuration = Path.Combine(folder.FullName, "configuration");
        Directory.CreateDirectory(configuration);
        File.WriteAllText(Path.Combine(configuration, "mesh.yaml"), mesh);
        ControlPlaneHost.PrepareState(state);
        var log = new List<string>();
        var problems = new Problems();
        var desired = ConfigurationFolder.Open(configuration, state, TimeProvider.System, line => { lock (log) log.Add(line); }, problems);
        Assert.Empty(problems.All);
        var options = new AdminOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TokenFile = Path.Combine(state, AdminToken.FileName) };
        options = admin?.Invoke(options) ?? options;
        Assert.Empty(options.Problems());
        var host = await ControlPlaneHost.StartAsync(new ControlPlaneHostOptions
        {
            StateDirectory = state, Configuration = desired!, FaultReader = new FaultLanguage(), Admin = options, Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Log = line => { lock (log) log.Add(line); },
        }, CancellationToken.None);
        var plane = new LivePlane(folder, host, new Uri($"{(options.Certificate is null ? "http" : "https")}://{host.AdminAddress}"));
        plane.Log.AddRange(log);
        using var client = plane.Client(plane.Token);
        // The configuration's endpoints are on their way to the actors.
        await Until(async () => (await client.GetStringAsync("/v1/services")).Contains("\"endpoints\":2", StringComparison.Ordinal));
        return plane;
    }

    public HttpClient Client(string? token, SocketsHttpHandler? handler = null)
    {
        var client = new HttpClient(handler ?? new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { BaseAddress = Address };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task Until(Func<Task<bool>> fact)
    {
        var limit = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while (!await fact())
        {
            Assert.True(DateTime.UtcNow < limit, "it has not come to pass in 20 s");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
