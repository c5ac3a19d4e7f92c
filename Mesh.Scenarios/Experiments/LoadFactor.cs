using Mesh.Simulator;

namespace Mesh.Scenarios.Experiments;

/// <summary>Makes all load of a world heavier or lighter: rates are multiplied, and so are the users of closed loops, rounded to whole ones.</summary>
internal static class LoadFactor
{
    /// <summary>Greatest factor.</summary>
    public const double Most = 1000;

    /// <summary>The world under <paramref name="factor"/> times its load; 1 is as written.</summary>
    public static WorldConfig Apply(WorldConfig world, double factor) =>
        factor == 1 ? world : world with { Workloads = [.. world.Workloads.Select(workload => Apply(workload, factor))] };

    private static WorkloadConfig Apply(WorkloadConfig workload, double factor) => workload with
    {
        Users = workload.Users == 0 ? 0 : Math.Max(1, (int)Math.Round(workload.Users * factor)),
        Stages = [.. workload.Stages.Select(stage => stage with { Rate = stage.Rate * factor, RampTo = stage.RampTo * factor })],
    };
}
