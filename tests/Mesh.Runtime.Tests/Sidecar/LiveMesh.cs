using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Endpoint = Mesh.Runtime.Model.Endpoint;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>A small live mesh on free ports: applications, their sidecars, and an ingress to call them through.</summary>
internal sealed class LiveMesh : IMeshEvents, IRequestLog, IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<Endpoint> _endpoints = [];
    private readonly Reconciler _reconciler;
    private readonly Func<LiveProxyConfig, LiveProxyConfig> _shape;

    public LiveMesh(MeshConfig? config = null, Func<LiveProxyConfig, LiveProxyConfig>? shape = null, TelemetryConfig? telemetry = null)
    {
        _shape = shape ?? (sidecar => sidecar);
        Node = new LiveNode(new LiveNodeOptions { Seed = 42, Events = this, Requests = this, Telemetry = telemetry ?? new TelemetryConfig() });
        _reconciler = new Reconciler(config ?? new MeshConfig());
    }

    public LiveNode Node { get; }

    public ConcurrentQueue<MeshEvent> Events { get; } = new();

    public ConcurrentQueue<RequestFacts> Log { get; } = new();

    public List<LiveProxy> Proxies { get; } = [];

    /// <summary>What each sidecar is identified by; by default nothing.</summary>
    public Func<LiveProxyConfig, WorkloadIdentity?> Identify { get; init; } = _ => null;

    /// <summary>The ingress, once it has been opened.</summary>
    public Uri Ingress { get; private set; } = null!;

    public static async Task<LiveMesh> StartAsync(
        RequestDelegate application, PolicyConfig? policy = null, int replicas = 1, Action<LiveMesh>? more = null, HttpProtocols protocols = HttpProtocols.Http1, Func<LiveProxyConfig, LiveProxyConfig>? shape = null)
    {
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy ?? new PolicyConfig() }, shape);
        for (int i = 0; i < replicas; i++) await mesh.AddServiceAsync("api", application, protocols);
        more?.Invoke(mesh);
        await mesh.OpenIngressAsync("api");
        return mesh;
    }

    /// <summary>A mesh in front of an address where the test itself listens.</summary>
    public static async Task<LiveMesh> InFrontOfAsync(int port, PolicyConfig? policy = null, bool sidecar = true)
    {
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy ?? new PolicyConfig() });
        if (sidecar) await mesh.AddServiceAsync("api", new IPEndPoint(IPAddress.Loopback, port));
        else mesh.AddEndpoint("api", new IPEndPoint(IPAddress.Loopback, port));
        await mesh.OpenIngressAsync("api");
        return mesh;
    }

    /// <summary>An application on a port of its own, without a sidecar.</summary>
    public Task<IPEndPoint> AddApplicationAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1) =>
        AddApplicationAsync(app =>
        {
            app.UseWebSockets();
            app.Run(handle);
        }, protocols);

    /// <summary>An application of several parts, such as gRPC services.</summary>
    public async Task<IPEndPoint> AddApplicationAsync(Action<WebApplication> build, HttpProtocols protocols, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        services?.Invoke(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 256 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        build(app);
        await app.StartAsync();
        _open.Add(app);
        return new IPEndPoint(IPAddress.Loopback, new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port);
    }

    /// <summary>One more replica of a service: an application behind its sidecar.</summary>
    public async Task<LiveProxy> AddServiceAsync(string service, RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1) =>
        await AddServiceAsync(service, await AddApplicationAsync(handle, protocols));

    public async Task<LiveProxy> AddServiceAsync(string service, IPEndPoint application, string zone = "", params OutboundConfig[] outbound)
    {
        int id = _endpoints.Count;
        var proxy = await AddProxyAsync(new LiveProxyConfig
        {
            Name = $"{service}-{id}",
            Service = service,
            Zone = zone,
            Identity = IdentityOf(service),
            Outbound = outbound,
            Inbound = new InboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Application = new EndpointAddress("127.0.0.1", application.Port), EndpointId = id },
            DrainTime = TimeSpan.FromSeconds(1),
        });
        AddEndpoint(service, proxy.InboundAddress!, zone, proxy.Config.Identity);
        return proxy;
    }

    /// <summary>An address that the service is said to have, whatever listens there.</summary>
    public void AddEndpoint(string service, IPEndPoint address, string zone = "", string identity = "") => _endpoints.Add(Node.Directory.AddEndpoint(id => new Endpoint
    {
        Id = id, Name = $"{service}-{id}", Service = service, Zone = zone, Identity = identity, Address = new EndpointAddress("127.0.0.1", address.Port),
    }));

    public async Task<LiveProxy> AddProxyAsync(LiveProxyConfig config)
    {
        config = _shape(config);
        var proxy = Node.Add(config, Identify(config));
        await proxy.StartAsync(CancellationToken.None);
        Proxies.Add(proxy);
        _open.Add(proxy);
        return proxy;
    }

    /// <summary>Opens the way into the mesh, and tells all sidecars what there is.</summary>
    public async Task<LiveProxy> OpenIngressAsync(string? service, int replayBytes = 64 * 1024)
    {
        var ingress = await AddProxyAsync(new LiveProxyConfig
        {
            Name = "ingress",
            Service = "ingress",
            Identity = IdentityOf("ingress"),
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Service = service }],
            ReplayBytes = replayBytes,
            DrainTime = TimeSpan.FromSeconds(1),
        });
        Ingress = new Uri($"http://{ingress.OutboundAddresses[0]}");
        Push();
        return ingress;
    }

    /// <summary>What a service's sidecars are called; nothing by default.</summary>
    public Func<string, string> IdentityOf { get; init; } = _ => "";

    /// <summary>Tells all sidecars of another policy.</summary>
    public void Apply(MeshConfig config)
    {
        Assert.Empty(_reconciler.Configure(config).Problems);
        Push();
    }

    /// <summary>Tells all sidecars what there is.</summary>
    public void Push()
    {
        var services = _endpoints.GroupBy(endpoint => endpoint.Service)
            .Select(group => new ServiceEndpoints(Node.Directory.AddService(group.Key), group.Key, [.. group]));
        _reconciler.Observe(services);
        var snapshot = _reconciler.SnapshotFor(Subscription.All);
        foreach (var proxy in Proxies) proxy.Agent.Receive(snapshot);
    }

    public HttpClient Client(HttpVersionPolicy policy = HttpVersionPolicy.RequestVersionExact, Version? version = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = Ingress,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = policy,
            Timeout = TimeSpan.FromSeconds(30),
        };
        return client;
    }

    /// <summary>A client that speaks raw bytes to the ingress.</summary>
    public RawClient Raw() => new(Ingress.Port);

    /// <summary>Puts a fault in force for calls to a service.</summary>
    public ActiveFault Inject(FaultConfig fault, string service = "api", params int[] endpoints) =>
        Node.Plane.Faults.Begin(fault, Node.Directory.FindService(service), new FaultSpan(0, long.MaxValue), endpoints.Length == 0 ? null : endpoints);

    /// <summary>How often something happened so far.</summary>
    public int Count(MeshEventKind kind) => Events.Count(e => e.Kind == kind);

    /// <summary>How the latest request ended, once it has.</summary>
    public async Task<MeshEvent> EndedAsync(int requests = 1)
    {
        await Until(() => Count(MeshEventKind.RequestEnded) >= requests);
        return Events.Last(e => e.Kind == MeshEventKind.RequestEnded);
    }

    public void On(in MeshEvent e) => Events.Enqueue(e);

    public void On(RequestFacts request) => Log.Enqueue(request);

    /// <summary>Waits for a fact, for as long as a loaded machine may take.</summary>
    public static async Task Until(Func<bool> fact)
    {
        for (int i = 0; !fact(); i++)
        {
            Assert.True(i < 2000, "waited 20 s in vain");
            await Task.Delay(10);
        }
    }

    /// <summary>Ends what has been opened, the latest first; the data plane's metrics last.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open)) await open.DisposeAsync();
        await Node.DisposeAsync();
    }
}
