using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// A scenario's mesh on this machine: real sidecars on real sockets before synthetic services or the user's own, and an ingress by which load enters.
/// </summary>
internal sealed class LiveWorld : IAsyncDisposable
{
    private ILiveSidecar? _ingress;
    private int _injections;

    /// <summary>Sets the world up; nothing listens yet.</summary>
    /// <param name="host">Where sidecars and synthetic services run. It ends with the world.</param>
    public LiveWorld(ILiveHost host)
    {
        Host = host;
        Random = new KeyedRandom(host.Config.Seed);
        Fleet = new LiveFleet(host);
    }

    /// <summary>What there is.</summary>
    public WorldConfig Config => Host.Config;

    /// <summary>Where sidecars and synthetic services run.</summary>
    public ILiveHost Host { get; }

    /// <summary>The world's time.</summary>
    public LiveTime Time => Host.Time;

    /// <summary>The world's draws.</summary>
    public KeyedRandom Random { get; }

    /// <summary>The replicas.</summary>
    public LiveFleet Fleet { get; }

    /// <summary>The sidecar by which load enters.</summary>
    public ILiveSidecar IngressSidecar => _ingress ?? throw new InvalidOperationException("the world has not been started");

    /// <summary>Where load enters; by the authority it goes to any service.</summary>
    public EndpointAddress Ingress => IngressSidecar.Outbound;

    /// <summary>A number for the next injection of a fault.</summary>
    public int NextInjection() => Interlocked.Increment(ref _injections);

    /// <summary>Starts everything; it is ready to serve when this completes.</summary>
    /// <exception cref="IOException">Something cannot be started; the message says what, and why.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var ingress = Host.StartIngressAsync(cancellation);
        await Task.WhenAll(ingress, Fleet.StartAsync(cancellation)).ConfigureAwait(false);
        _ingress = await ingress.ConfigureAwait(false);
        await Fleet.AnnounceAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync().ConfigureAwait(false);
        await Host.DisposeAsync().ConfigureAwait(false);
    }
}
