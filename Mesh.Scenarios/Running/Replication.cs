using Mesh.Reports.Results;
using Mesh.Reports.Trace;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language;
using Mesh.Simulator;
using Mesh.Simulator.Faults;

namespace Mesh.Scenarios.Running;

/// <summary>One replication: a world of its own, run once with a seed of its own, and recorded.</summary>
internal static class Replication
{
    public static ReplicationRecord Run(RunPlan plan, int number, IRunProgress progress, CancellationToken cancellation)
    {
        var config = plan.Scenario.World with { Seed = unchecked(plan.Scenario.World.Seed + (ulong)number) };
        var directory = new MeshDirectory();
        var recorder = new RunRecorder(directory, new RecorderOptions
        {
            Warmup = config.Warmup.Ticks,
            End = config.Duration.Ticks,
            Window = plan.Window.Ticks,
            Ingress = World.Ingress,
            Phases = FaultPhases.Of(config),
        });
        var hasher = new TraceHasher();
        using var trace = plan.TraceFile is { } file && number == 0 ? new TraceWriter(file, directory) : null;
        IMeshEvents events = trace is null ? new CompositeEvents(hasher, recorder) : new CompositeEvents(hasher, recorder, trace);

        long started = TimeProvider.System.GetTimestamp();
        using var world = new World(config, directory, events);
        var result = world.Run(reached => progress.Reached(number, reached), cancellation);
        var record = recorder.Finish(new ReplicationFacts
        {
            Replication = number,
            Seed = config.Seed,
            TraceHash = hasher.Hash(),
            VirtualSeconds = result.VirtualTime.TotalSeconds,
            WallSeconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds,
            EventsFired = world.Loop.Fired,
            StopReason = result.StopReason,
            Replicas = [.. world.Loads.Select(load => new ReplicaUsage(load.Service, load.Replica, load.Zone, load.Workers, load.BusyFraction, load.MeanQueue, load.PeakQueue, load.Served, load.Rejected))],
            Faults = [.. world.Faults.Select((fault, i) => Stats(fault, config.Faults[i]))],
        });
        progress.Ended(number);
        return record;
    }

    public static FaultStats Stats(FaultMeasure measure, FaultPlanConfig plan) => new()
    {
        Name = measure.Name,
        What = FaultText.Of(plan),
        Times = measure.Times,
        Replicas = measure.Replicas,
        Eligible = measure.Count.Eligible,
        Requested = measure.Count.Requested,
        Injected = measure.Count.Injected,
        Delayed = measure.Count.Delayed,
        Aborted = measure.Count.Aborted,
        Overflowed = measure.Count.Overflowed,
        RequestedDelay = measure.RequestedDelay,
        DelaySeconds = measure.Count.DelayTicks / TimeSpan.TicksPerSecond,
    };
}
