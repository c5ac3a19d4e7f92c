using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replica of the live world: an application, synthetic or the user's own, and the sidecar before it. It may crash, and come back at the same addresses.</summary>
internal sealed class LiveReplicaHost : IAsyncDisposable
{
    private readonly LiveWorldPorts _world;
    private readonly SyntheticServiceOptions _service;
    private readonly LiveProxyConfig _config;
    private ILiveApplication? _application;

    public LiveReplicaHost(LiveWorldPorts world, SyntheticServiceOptions service, LiveProxyConfig config, Endpoint endpoint)
    {
        (_world, _service, _config, Endpoint) = (world, service, config, endpoint);
    }

    /// <summary>The endpoint that others see.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The sidecar; <c>null</c> while it is down.</summary>
    public LiveProxy? Proxy { get; private set; }

    /// <summary>The synthetic service; <c>null</c> while it is down, and for a service of the user's own.</summary>
    public SyntheticService? Service => (_application as SyntheticApplication)?.Service;

    /// <summary>Where the application listens.</summary>
    public EndpointAddress Application => _config.Inbound!.Application;

    /// <summary>Whether the control plane has it in its endpoint lists.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Starts both.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Proxy = _world.Node.Add(_config, await _world.Identities.OfAsync(_config.Identity, cancellation).ConfigureAwait(false));
        await Proxy.StartAsync(cancellation).ConfigureAwait(false);
        var way = new EndpointAddress("127.0.0.1", Proxy.OutboundAddresses[0].Port);
        _application = _service.Service.Live switch
        {
            null => await SyntheticApplication.StartAsync(_service with { Listen = new IPEndPoint(IPAddress.Loopback, Application.Port) }, _world, way, cancellation).ConfigureAwait(false),
            { Command.Count: > 0 } own => await ProcessApplication.StartAsync(own, Endpoint.Name, Application, way, _world.Node.Time, cancellation).ConfigureAwait(false),
            { } own => await RunningApplication.FindAsync(own, Endpoint.Name, Application, _world.Node.Time, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>Breaks off all that is under way, and listens no more.</summary>
    public async Task CrashAsync()
    {
        var (proxy, application) = (Proxy, _application);
        (Proxy, _application) = (null, null);
        if (application is not null) await application.KillAsync().ConfigureAwait(false);
        if (proxy is not null) await proxy.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Proxy is not null) await Proxy.DisposeAsync().ConfigureAwait(false);
        if (_application is not null) await _application.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>What the replicas of one live world share.</summary>
/// <param name="Node">The sidecars' node.</param>
/// <param name="Timers">The services' timers.</param>
/// <param name="Identities">The sidecars' certificates.</param>
internal sealed record LiveWorldPorts(LiveNode Node, PreciseTimers Timers, LiveIdentities Identities);
