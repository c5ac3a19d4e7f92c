using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Endpoint = Mesh.Runtime.Model.Endpoint;

namespace Mesh.Benchmarks.Pushes;

/// <summary>A control plane and its live proxies over real sockets, all in this process: half of the proxies use the service that changes, half another.</summary>
internal sealed class PushMesh : IAsyncDisposable
{
    private const string Hub = "hub";
    private const string Other = "other";
    private readonly MeshDirectory _directory = new();
    private readonly ActorSystem _system = ActorSystem.Create("control-plane", "akka.loglevel = OFF, akka.stdout-loglevel = OFF");
    private readonly ConcurrentDictionary<string, (long Version, long At)> _acknowledged = new();
    private readonly LiveNode _node = new(new LiveNodeOptions { Seed = 1, Telemetry = new Runtime.Telemetry.TelemetryConfig { Metrics = null } });
    private readonly List<ControlPlaneLink> _links = [];
    private readonly IActorRef _plane;
    private readonly WebApplication _host;
    private readonly int _proxies;
    private int _changes;

    private PushMesh(int proxies)
    {
        _proxies = proxies;
        _plane = _system.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions { OnProxy = proxy => _acknowledged[proxy.Name] = (proxy.InForce, TimeProvider.System.GetTimestamp()) }));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenMeshControlPlane(new IPEndPoint(IPAddress.Loopback, 0), null));
        builder.Services.AddRoutingCore();
        builder.Services.AddMeshControlPlane(new ControlPlaneTransportOptions { ControlPlane = _plane, Directory = _directory });
        _host = builder.Build();
        _host.MapMeshControlPlane();
    }

    /// <summary>Snapshots that came to proxies which do not use the service that changes, after their first.</summary>
    public long Bystanders => _node.Proxies.Where(proxy => proxy.Config.Service == Other).Sum(proxy => proxy.Agent.Status.Version - 1);

    public static async Task<PushMesh> StartAsync(int proxies)
    {
        var mesh = new PushMesh(proxies);
        await mesh._host.StartAsync();
        mesh._plane.Tell(new EndpointsObserved([mesh.Service(Other, 0), mesh.Service(Hub, 0)]));
        var address = new Uri(mesh._host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var way = new ControlPlaneWay(new EndpointAddress("127.0.0.1", address.Port), null, TimeProvider.System);
        for (int i = 0; i < 2 * proxies; i++)
        {
            var proxy = mesh._node.Add(new LiveProxyConfig { Name = $"proxy-{i:0000}", Service = i < proxies ? "caller" : Other, Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0) }] });
            await proxy.StartAsync(CancellationToken.None);
            var link = new ControlPlaneLink(proxy, new ControlPlaneLinkOptions { Way = way, Calls = i < proxies ? [Hub] : [] });
            link.Start();
            mesh._links.Add(link);
        }
        while (mesh._node.Proxies.Any(proxy => proxy.Agent.Status.Version == 0)) await Task.Delay(10);
        return mesh;
    }

    /// <summary>Makes changes, one after the other.</summary>
    /// <returns>Milliseconds to the acknowledgement of each proxy, and to that of each change's last.</returns>
    public async Task<(List<double> Each, List<double> Last)> MeasureAsync(int rounds)
    {
        var (each, last) = (new List<double>(), new List<double>());
        for (int round = 0; round < rounds; round++)
        {
            long version = ++_changes + 1;
            long began = TimeProvider.System.GetTimestamp();
            _plane.Tell(new EndpointsObserved([Service(Hub, _changes)]));
            while (Callers().Count(proxy => proxy.Version == version) < _proxies) await Task.Delay(1);
            double[] times = [.. Callers().Select(proxy => TimeProvider.System.GetElapsedTime(began, proxy.At).TotalMilliseconds)];
            each.AddRange(times);
            last.Add(times.Max());
        }
        return (each, last);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links) await link.DisposeAsync();
        await _node.DisposeAsync();
        await _host.DisposeAsync();
        await _system.Terminate();
    }

    private IEnumerable<(long Version, long At)> Callers() => _acknowledged.Where(proxy => string.CompareOrdinal(proxy.Key, $"proxy-{_proxies:0000}") < 0).Select(proxy => proxy.Value);

    /// <summary>Ten endpoints, of which one moves with each change.</summary>
    private ServiceEndpoints Service(string name, int change) => new(_directory.AddService(name), name, [.. Enumerable.Range(change, 10).Select(i => new Endpoint
    {
        Id = i, Name = $"{name}-{i}", Service = name, Address = new EndpointAddress("127.0.0.1", 1 + i % 60_000),
    })]);
}
