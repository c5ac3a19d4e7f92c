using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replica of the live world: an application, synthetic or the user's own, and the sidecar before it. It may crash, and come back at the same addresses.</summary>
/// <param name="host">Where sidecars and synthetic services run.</param>
/// <param name="plan">What it is.</param>
internal sealed class LiveReplicaHost(ILiveHost host, ReplicaPlan plan) : IAsyncDisposable
{
    private ILiveApplication? _application;
    private bool _isListed = true;

    /// <summary>The endpoint that others see.</summary>
    public Endpoint Endpoint => plan.Endpoint;

    /// <summary>The sidecar; <c>null</c> while it is down.</summary>
    public ILiveSidecar? Sidecar { get; private set; }

    /// <summary>The synthetic service; <c>null</c> while it is down, and for a service of the user's own.</summary>
    public ILiveService? Service => _application as ILiveService;

    /// <summary>What the sidecar stands before; <c>null</c> while it is down.</summary>
    public ILiveApplication? Application => _application;

    /// <summary>Where the application listens.</summary>
    public EndpointAddress Address => plan.Application;

    /// <summary>Whether the control plane has it in its endpoint lists: once it has started.</summary>
    public bool IsListed
    {
        get => _isListed && HasStarted;
        set => _isListed = value;
    }

    private bool HasStarted { get; set; }

    /// <summary>Starts both.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        Sidecar = await host.StartSidecarAsync(plan, cancellation).ConfigureAwait(false);
        _application = plan.Service.Live switch
        {
            null => await host.StartServiceAsync(plan, Sidecar.Outbound, cancellation).ConfigureAwait(false),
            { Command.Count: > 0 } own => await ProcessApplication.StartAsync(own, Endpoint.Name, Address, Sidecar.Outbound, host.Time, cancellation).ConfigureAwait(false),
            { } own => await RunningApplication.FindAsync(own, Endpoint.Name, Address, host.Time, cancellation).ConfigureAwait(false),
        };
        HasStarted = true;
    }

    /// <summary>Breaks off all that is under way, and listens no more.</summary>
    public async Task CrashAsync()
    {
        var (sidecar, application) = (Sidecar, _application);
        (Sidecar, _application) = (null, null);
        if (application is not null) await application.KillAsync().ConfigureAwait(false);
        if (sidecar is not null) await sidecar.KillAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Sidecar is not null) await Sidecar.DisposeAsync().ConfigureAwait(false);
        if (_application is not null) await _application.DisposeAsync().ConfigureAwait(false);
    }
}
