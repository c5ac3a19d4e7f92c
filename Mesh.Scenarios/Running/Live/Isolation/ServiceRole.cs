namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>A process that is one synthetic service.</summary>
internal sealed class ServiceRole : IChildRole
{
    private readonly PreciseTimers _timers;
    private readonly SyntheticApplication _application;

    private ServiceRole(ChildWorld world, PreciseTimers timers, SyntheticApplication application)
    {
        (_timers, _application) = (timers, application);
        Faults = new ServiceFaults(world.Config, application.Service.Replica);
    }

    public IFaultDesk Faults { get; }

    public Started Started => new(0);

    /// <summary>A service that listens.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<ServiceRole> StartAsync(StartService start)
    {
        var world = ChildWorld.Of(start.World);
        var timers = new PreciseTimers(world.Time, "service time");
        var application = await SyntheticApplication.StartAsync(world.Plan(start.Replica).Synthetic(world.Config.Seed), timers, start.Sidecar, world.Time, CancellationToken.None).ConfigureAwait(false);
        return new ServiceRole(world, timers, application);
    }

    public void Take(Listing listing) => throw new InvalidOperationException("a service is told of no endpoints");

    public ReplicaReading Read() => _application.Service.Read();

    public void Flush() { }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _timers.Dispose();
    }
}
