using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
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
    private readonly SnapshotBuilder _builder;

    public LiveMesh(MeshConfig? config = null)
    {
        Node = new LiveNode(new LiveNodeOptions { Seed = 42, Events = this, Requests = this });
        _builder = new SnapshotBuilder(config ?? new MeshConfig());
    }

    public LiveNode Node { get; }

    public ConcurrentQueue<MeshEvent> Events { get; } = new();

    public ConcurrentQueue<RequestFacts> Log { get; } = new();

    public List<LiveProxy> Proxies { get; } = [];

    /// <summary>The ingress, once it has been opened.</summary>
    public Uri Ingress { get; private set; } = null!;

    public static async Task<LiveMesh> StartAsync(RequestDelegate application, PolicyConfig? policy = null, int replicas = 1, Action<LiveMesh>? more = null)
    {
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy ?? new PolicyConfig() });
        for (int i = 0; i < replicas; i++) await mesh.AddServiceAsync("api", application);
        more?.Invoke(mesh);
        await mesh.OpenIngressAsync("api");
        return mesh;
    }

    /// <summary>An application on a port of its own, without a sidecar.</summary>
    public async Task<IPEndPoint> AddApplicationAsync(RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(handle);
        await app.StartAsync();
        _open.Add(app);
        return new IPEndPoint(IPAddress.Loopback, new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port);
    }

    /// <summary>One more replica of a service: an application behind its sidecar.</summary>
    public async Task<LiveProxy> AddServiceAsync(string service, RequestDelegate handle, HttpProtocols protocols = HttpProtocols.Http1) =>
        await AddServiceAsync(service, await AddApplicationAsync(handle, protocols));

    public async Task<LiveProxy> AddServiceAsync(string service, IPEndPoint application)
    {
        int id = _endpoints.Count;
        var proxy = await AddProxyAsync(new LiveProxyConfig
        {
            Name = $"{service}-{id}",
            Service = service,
            Inbound = new InboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Application = new EndpointAddress("127.0.0.1", application.Port), EndpointId = id },
            DrainTime = TimeSpan.FromSeconds(1),
        });
        AddEndpoint(service, proxy.InboundAddress!);
        return proxy;
    }

    /// <summary>An address that the service is said to have, whatever listens there.</summary>
    public void AddEndpoint(string service, IPEndPoint address) => _endpoints.Add(Node.Directory.AddEndpoint(id => new Endpoint
    {
        Id = id, Name = $"{service}-{id}", Service = service, Address = new EndpointAddress("127.0.0.1", address.Port),
    }));

    public async Task<LiveProxy> AddProxyAsync(LiveProxyConfig config)
    {
        var proxy = Node.Add(config);
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
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Service = service }],
            ReplayBytes = replayBytes,
            DrainTime = TimeSpan.FromSeconds(1),
        });
        Ingress = new Uri($"http://{ingress.OutboundAddresses[0]}");
        Push();
        return ingress;
    }

    /// <summary>Tells all sidecars what there is.</summary>
    public void Push()
    {
        var services = _endpoints.GroupBy(endpoint => endpoint.Service)
            .Select(group => new ServiceEndpoints(Node.Directory.AddService(group.Key), group.Key, [.. group]));
        var snapshot = _builder.Apply(services);
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

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open)) await open.DisposeAsync();
    }
}
