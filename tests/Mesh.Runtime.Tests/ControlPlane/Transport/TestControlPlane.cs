using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Endpoint = Mesh.Runtime.Model.Endpoint;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>A control plane on a port of this machine, which can be killed and started again there.</summary>
internal sealed class TestControlPlane : IAsyncDisposable
{
    private ActorSystem? _system;
    private WebApplication? _host;
    private int _port;

    /// <summary>Where it listens.</summary>
    public EndpointAddress Address => new("127.0.0.1", _port);

    public IActorRef Actor { get; private set; } = ActorRefs.Nobody;

    public MeshDirectory Directory { get; private set; } = new();

    public MeshConfig Mesh { get; set; } = new();

    public TimeSpan SettleTime { get; set; }

    public WorkloadIdentity? Identity { get; set; }

    public Func<ControlPlaneTransportOptions, ControlPlaneTransportOptions> Shape { get; set; } = options => options;

    /// <summary>How proxies stand, by name.</summary>
    public ConcurrentDictionary<string, ProxyStanding> Proxies { get; } = new();

    public ConcurrentQueue<FaultsMeasured> Measured { get; } = new();

    public ConcurrentQueue<string> Refused { get; } = new();

    public static async Task<TestControlPlane> StartAsync(Action<TestControlPlane>? shape = null)
    {
        var plane = new TestControlPlane();
        shape?.Invoke(plane);
        await plane.StartAsync();
        return plane;
    }

    public async Task StartAsync()
    {
        Directory = new MeshDirectory();
        var directory = Directory;
        IActorRef actor = ActorRefs.Nobody;
        var queue = new DiscoveryQueue(10_000, () => actor.Tell(DiscoveryAvailable.Instance));
        _system = ActorSystem.Create("control-plane", "akka.loglevel = OFF, akka.stdout-loglevel = OFF");
        actor = Actor = _system.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions
        {
            Mesh = Mesh,
            SettleTime = SettleTime,
            FirstVersion = () => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Discovery = new DiscoveryState(new DiscoveryOptions { EmptyAfter = TimeSpan.Zero }, directory),
            Queue = queue,
            OnProxy = proxy => Proxies[proxy.Name] = proxy,
            OnMeasured = Measured.Enqueue,
            OnRefused = problems => Refused.Enqueue(string.Join("; ", problems)),
        }));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenMeshControlPlane(new IPEndPoint(IPAddress.Loopback, _port), Identity));
        builder.Services.AddRoutingCore();
        builder.Services.AddMeshControlPlane(Shape(new ControlPlaneTransportOptions { ControlPlane = actor, Directory = directory, Registrations = queue }));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        _host = builder.Build();
        _host.MapMeshControlPlane();
        await _host.StartAsync();
        _port = new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>It is gone, with all that it knew.</summary>
    public async Task KillAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync(new CancellationToken(canceled: true));
            await _host.DisposeAsync();
        }
        if (_system is not null) await _system.Terminate();
        (_host, _system) = (null, null);
    }

    public ValueTask DisposeAsync() => new(KillAsync());

    /// <summary>A service has these endpoints, at ports of this machine.</summary>
    public void Observe(string service, params int[] ports) => Observe(service, [.. ports.Select(port => Endpoint(service, port))]);

    public void Observe(string service, IReadOnlyList<Endpoint> endpoints) =>
        Actor.Tell(new EndpointsObserved([new ServiceEndpoints(Directory.AddService(service), service, endpoints)]));

    /// <summary>An endpoint under its id: the same address has the same one.</summary>
    public Endpoint Endpoint(string service, int port, int weight = 1)
    {
        var address = new EndpointAddress("127.0.0.1", port);
        return Directory.Endpoints.FirstOrDefault(known => known.Service == service && known.Address == address && known.Weight == weight)
            ?? Directory.AddEndpoint(id => new Endpoint { Id = id, Name = $"{service}-{port}", Service = service, Address = address, Weight = weight });
    }

    public void Configure(MeshConfig mesh) => Actor.Tell(new ConfigurationChanged(mesh));

    /// <summary>Puts a fault in force and waits until it is.</summary>
    public async Task InjectAsync(string id, FaultConfig fault, string service, TimeSpan lease, string? version = null)
    {
        var answered = new TaskCompletionSource<FaultAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Actor.Tell(new InjectFault(new FaultOrder(id, fault, service, version, null, "ann"), lease, answered.SetResult));
        Assert.Empty((await answered.Task).Problems);
    }
}
