using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replica of the live world: a synthetic service and the sidecar before it. It may crash, and come back at the same addresses.</summary>
internal sealed class LiveReplicaHost : IAsyncDisposable
{
    private readonly LiveWorldPorts _world;
    private readonly SyntheticServiceOptions _service;
    private readonly LiveProxyConfig _config;
    private LiveClient? _outbound;

    public LiveReplicaHost(LiveWorldPorts world, SyntheticServiceOptions service, LiveProxyConfig config, Endpoint endpoint)
    {
        (_world, _service, _config, Endpoint) = (world, service, config, endpoint);
    }

    /// <summary>The endpoint that others see.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>The sidecar; <c>null</c> while it is down.</summary>
    public LiveProxy? Proxy { get; private set; }

    /// <summary>The service; <c>null</c> while it is down.</summary>
    public SyntheticService? Service { get; private set; }

    /// <summary>Whether the control plane has it in its endpoint lists.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Starts both.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Proxy = _world.Node.Add(_config, await _world.Identities.OfAsync(_config.Identity, cancellation).ConfigureAwait(false));
        await Proxy.StartAsync(cancellation).ConfigureAwait(false);
        var way = Proxy.OutboundAddresses[0];
        _outbound = new LiveClient(new LiveClientOptions { Outbound = new EndpointAddress(way.Address.ToString(), way.Port) }, _world.Node.Time);
        Service = await SyntheticService.StartAsync(_service with { Listen = new IPEndPoint(IPAddress.Loopback, _config.Inbound!.Application.Port) },
            new LiveReplicaPorts(_world.Timers, _outbound), cancellation).ConfigureAwait(false);
    }

    /// <summary>Breaks off all that is under way, and listens no more.</summary>
    public async Task CrashAsync()
    {
        var (proxy, service) = (Proxy, Service);
        (Proxy, Service) = (null, null);
        if (service is not null) await service.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        if (proxy is not null) await proxy.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        if (service is not null) await service.DisposeAsync().ConfigureAwait(false);
        _outbound?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync().ConfigureAwait(false);
        if (Proxy is not null) await Proxy.DisposeAsync().ConfigureAwait(false);
        _outbound?.Dispose();
    }
}

/// <summary>What the replicas of one live world share.</summary>
/// <param name="Node">The sidecars' node.</param>
/// <param name="Timers">The services' timers.</param>
/// <param name="Identities">The sidecars' certificates.</param>
internal sealed record LiveWorldPorts(LiveNode Node, PreciseTimers Timers, LiveIdentities Identities);
