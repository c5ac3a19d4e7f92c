using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Times must fit into the run.</summary>
internal static class TimeChecks
{
    public static void Run(WorldConfig world, Reading reading)
    {
        if (world.Duration == TimeSpan.Zero) return;
        if (world.Warmup >= world.Duration) Error(world, "warmup", $"the warm-up of {Text(world.Warmup)} leaves nothing of the {Text(world.Duration)} that the run takes; make it shorter, or 'duration' longer.");
        foreach (var change in world.Scale)
        {
            if (change.At >= world.Duration) Error(change, "at", $"{Text(change.At)} is not before the end of the run at {Text(world.Duration)}.");
        }
        foreach (var workload in world.Workloads) CheckStages(workload);

        void CheckStages(WorkloadConfig workload)
        {
            if (workload.Stages.Count == 0) return;
            var total = workload.Stages.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage.For);
            if (total > world.Duration) Warn(workload, "stages", $"the stages last {Text(total)}, the run only {Text(world.Duration)}: what comes later never happens.");
            if (total < world.Duration) Warn(workload, "stages", $"the stages end at {Text(total)}, before the run does at {Text(world.Duration)}: there is no load after that.");
        }

        void Error(object at, string key, string message)
        {
            var (place, path) = reading.Sources.At(at, key);
            reading.Problems.Error(place, path, message);
        }

        void Warn(object at, string key, string message)
        {
            var (place, path) = reading.Sources.At(at, key);
            reading.Problems.Warn(place, path, message);
        }
    }

    /// <summary>A time as one would write it in a scenario.</summary>
    public static string Text(TimeSpan time) => Notation.Duration(time.TotalSeconds);
}
