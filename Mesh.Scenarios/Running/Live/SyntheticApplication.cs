using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Running.Live;

/// <summary>A synthetic service in this process, and the way of its calls.</summary>
internal sealed class SyntheticApplication : IAsyncDisposable
{
    private readonly LiveClient _outbound;

    private SyntheticApplication(SyntheticService service, LiveClient outbound) => (Service, _outbound) = (service, outbound);

    /// <summary>The service.</summary>
    public SyntheticService Service { get; }

    public static async Task<SyntheticApplication> StartAsync(SyntheticServiceOptions options, PreciseTimers timers, EndpointAddress sidecar, TimeProvider time, CancellationToken cancellation)
    {
        var outbound = new LiveClient(new LiveClientOptions { Outbound = sidecar }, time);
        return new SyntheticApplication(await SyntheticService.StartAsync(options, new LiveReplicaPorts(timers, outbound), cancellation).ConfigureAwait(false), outbound);
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        await Service.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync().ConfigureAwait(false);
        _outbound.Dispose();
    }
}
