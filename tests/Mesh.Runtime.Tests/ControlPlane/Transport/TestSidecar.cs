using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>A sidecar with its link to a control plane, as a process of its own would have it.</summary>
internal sealed class TestSidecar : IMeshEvents, IAsyncDisposable
{
    private static ulong s_seed;
    private readonly HttpClient _client;

    private TestSidecar(string name, string service, EndpointAddress? application, WorkloadIdentity? identity)
    {
        Node = new LiveNode(new LiveNodeOptions { Seed = Interlocked.Increment(ref s_seed), Events = this });
        int own = Node.Directory.AddEndpoint(id => new Endpoint { Id = id, Name = name, Service = service }).Id;
        Proxy = Node.Add(new LiveProxyConfig
        {
            Name = name,
            Service = service,
            Identity = identity?.Current?.Id.ToString() ?? "",
            Inbound = application is null ? null : new InboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Application = application, EndpointId = own },
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0) }],
            DrainTime = TimeSpan.FromSeconds(1),
        }, identity);
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    }

    public LiveNode Node { get; }

    public LiveProxy Proxy { get; }

    public ControlPlaneLink? Link { get; private set; }

    public AgentStatus Status => Proxy.Agent.Status;

    /// <summary>What it said, in order.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>The versions that it took over, in order.</summary>
    public ConcurrentQueue<long> Applied { get; } = new();

    public static Task<TestSidecar> StartAsync(TestControlPlane plane, string name, string service, string[]? calls = null, IPEndPoint? application = null, string? state = null) =>
        StartAsync(new ControlPlaneWay(plane.Address, null, TimeProvider.System), name, service, calls, application, state);

    public static async Task<TestSidecar> StartAsync(
        ControlPlaneWay way, string name, string service, string[]? calls = null, IPEndPoint? application = null, string? state = null, WorkloadIdentity? identity = null)
    {
        var sidecar = new TestSidecar(name, service, application is null ? null : new EndpointAddress("127.0.0.1", application.Port), identity);
        await sidecar.Proxy.StartAsync(CancellationToken.None);
        sidecar.Link = new ControlPlaneLink(sidecar.Proxy, new ControlPlaneLinkOptions
        {
            Way = way,
            Calls = calls,
            StateDirectory = state,
            Said = sidecar.Said.Enqueue,
            Advertised = sidecar.Proxy.InboundAddress is { } inbound ? new EndpointAddress("127.0.0.1", inbound.Port) : null,
        });
        sidecar.Link.Start();
        return sidecar;
    }

    /// <summary>A request through the sidecar to a service: its status.</summary>
    public async Task<int> CallAsync(string service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{Proxy.OutboundAddresses[0]}/");
        request.Headers.Host = service;
        using var response = await _client.SendAsync(request);
        return (int)response.StatusCode;
    }

    /// <summary>What it knows of a service; <c>null</c> for nothing.</summary>
    public ServiceModel? Knows(string service) => Proxy.Outbound.Snapshot.Find(Node.Directory.FindService(service));

    public int[] PortsOf(string service) => [.. (Knows(service)?.Endpoints ?? []).Select(endpoint => endpoint.Address!.Port).Order()];

    public void On(in MeshEvent e)
    {
        if (e.Kind == MeshEventKind.SnapshotApplied) Applied.Enqueue(Proxy.Outbound.SnapshotVersion);
    }


    public async ValueTask DisposeAsync()
    {
        if (Link is not null) await Link.DisposeAsync();
        await Node.DisposeAsync();
        _client.Dispose();
    }
}
