using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// A few users send the load's own requests for some seconds before the run's clock starts, so that code is compiled and connections stand when the load begins. A mesh that meets a full rate
/// cold fails of the laboratory's own making: its first requests cost several times what later ones do, each waits for a handshake, and those that give up close the connections again.
/// </summary>
internal static class LiveRehearsal
{
    private const int Users = 16;
    private static readonly DistributionConfig ThinkTime = DistributionConfig.Constant(0.02);

    /// <summary>Rehearses.</summary>
    /// <param name="world">The world, which has been started.</param>
    /// <param name="cancellation">Ends it sooner.</param>
    public static async Task RunAsync(LiveWorld world, CancellationToken cancellation)
    {
        var time = world.Time;
        WorkloadConfig[] gentle = [.. world.Config.Workloads.Select(load => load with { Arrivals = ArrivalProcess.Closed, Users = Users, ThinkTime = ThinkTime, Stages = [] })];
        await using var load = new LiveWorkload(gentle, world.Config.Seed, LiveWorkloadOptions.For(world), LiveReplication.NoRequests.One, time);
        await load.RunAsync(time.GetTimestamp(), world.Host.Rehearsal, cancellation).ConfigureAwait(false);
    }
}
