using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>A service that runs already, and goes on running: nothing here ends it.</summary>
internal sealed class RunningApplication : ILiveApplication
{
    /// <summary>Waits until it answers.</summary>
    /// <exception cref="IOException">It does not answer in time.</exception>
    public static async Task<RunningApplication> FindAsync(LiveServiceConfig config, string name, EndpointAddress address, TimeProvider time, CancellationToken cancellation)
    {
        await Readiness.WaitAsync(config, name, address, time, () => null, cancellation).ConfigureAwait(false);
        return new RunningApplication();
    }

    public int? ProcessId => null;

    /// <summary>It is not ours to kill: its sidecar is gone, which is all that its callers see.</summary>
    public Task KillAsync() => Task.CompletedTask;

    public Task<IAsyncDisposable> PauseAsync() => throw new InvalidOperationException("a service that runs already is not ours to stop");

    public ValueTask DisposeAsync() => default;
}
