using Mesh.Reports.Results;
using Mesh.Reports.Trace;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;

namespace Mesh.Benchmarks.Hops;

/// <summary>What is listening while a world runs.</summary>
internal enum Listening { Nothing, Hash, HashAndRecorder }

/// <summary>One measured run. The first tenth, where connections, breakers and pools are made, is not counted.</summary>
/// <param name="Hops">Attempts that ended, from the run record where there is one.</param>
/// <param name="HopsPerSecond">Hops per second of processor time.</param>
/// <param name="BytesPerHop">Bytes allocated per hop.</param>
/// <param name="PeakPending">The most events that waited at once.</param>
internal sealed record HopRun(long Hops, double HopsPerSecond, double BytesPerHop, int PeakPending)
{
    public double NanosecondsPerHop => 1e9 / HopsPerSecond;

    public static HopRun Measure(WorldConfig config, Listening listening = Listening.HashAndRecorder)
    {
        var directory = new MeshDirectory();
        var recorder = new RunRecorder(directory, new RecorderOptions { End = 4 * config.Duration.Ticks });   // calls made after the load ends are hops too
        var count = new Counter();
        IMeshEvents events = listening switch
        {
            Listening.Nothing => count,
            Listening.Hash => new CompositeEvents(count, new TraceHasher()),
            _ => new CompositeEvents(count, new TraceHasher(), recorder),
        };
        using var world = new World(config, directory, events);
        var start = Reading.Zero;
        var result = world.Run(reached =>
        {
            if (start == Reading.Zero && reached >= config.Duration / 10) start = Reading.Now(count.Hops);
        });
        var end = Reading.Now(count.Hops);

        if (listening == Listening.HashAndRecorder && recorder.Finish(Facts(result)).Edges.Sum(edge => edge.Slices.Sum(slice => slice?.Attempts ?? 0)) != count.Hops)
            throw new InvalidOperationException("the run record does not count the hops that were made");
        long hops = end.Hops - start.Hops;
        return new HopRun(count.Hops, hops / (end.Processor - start.Processor).TotalSeconds, (end.Allocated - start.Allocated) / (double)hops, world.Loop.PeakPending);
    }

    private static ReplicationFacts Facts(WorldResult result) =>
        new() { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = result.VirtualTime.TotalSeconds, WallSeconds = 0 };

    private readonly record struct Reading(TimeSpan Processor, long Allocated, long Hops)
    {
        public static Reading Zero => default;

        public static Reading Now(long hops) => new(Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread(), hops);
    }

    private sealed class Counter : IMeshEvents
    {
        public long Hops { get; private set; }

        public void On(in MeshEvent e)
        {
            if (e.Kind == MeshEventKind.AttemptEnded) Hops++;
        }
    }
}
