using System.Globalization;
using Mesh.Reports.Comparisons;
using Mesh.Reports.Results;
using Mesh.Scenarios.Running;

namespace Mesh.Scenarios.Experiments;

/// <summary>What is to be compared.</summary>
internal sealed record ComparisonPlan
{
    /// <summary>The variants. All have the same seed and as many replications.</summary>
    public required IReadOnlyList<Variant> Variants { get; init; }

    /// <summary>The name of the one that the others are compared with.</summary>
    public required string Baseline { get; init; }

    /// <summary>The loads, ascending as given.</summary>
    public IReadOnlyList<double> Loads { get; init; } = [1];

    /// <summary>Replications at the same time; <c>null</c> for one a core. Results do not depend on it.</summary>
    public int? Parallel { get; init; }

    /// <summary>The command that runs all of this again.</summary>
    public string Replay { get; init; } = "";

    public int Replications => Variants[0].Scenario.Replications;

    /// <summary>How many worlds will run.</summary>
    public int Worlds => Variants.Count * Loads.Count * Replications;

    /// <summary>Virtual seconds of all worlds together.</summary>
    public double VirtualSeconds => Variants.Sum(variant => variant.Scenario.World.Duration.TotalSeconds) * Loads.Count * Replications;
}

/// <summary>Runs a comparison: load by load, each variant on the same seeds.</summary>
internal static class ComparisonRun
{
    /// <summary>The comparison. When it is cancelled, with the loads at which every variant had run; <c>null</c> when there is none.</summary>
    public static ComparisonRecord? Run(ComparisonPlan plan, IRunProgress progress, CancellationToken cancellation)
    {
        var runs = new List<ComparedRun>();
        var loads = new List<double>();
        foreach (double load in plan.Loads)
        {
            var atThisLoad = new List<ComparedRun>();
            foreach (var variant in plan.Variants)
            {
                int before = (runs.Count + atThisLoad.Count) * plan.Replications;
                atThisLoad.Add(new ComparedRun(variant.Name, load, RunOne(plan, variant, load, new Following(progress, before), cancellation)));
                if (cancellation.IsCancellationRequested) return Record(plan, loads, runs);
            }
            runs.AddRange(atThisLoad);
            loads.Add(load);
        }
        return Record(plan, loads, runs);
    }

    private static RunRecord RunOne(ComparisonPlan plan, Variant variant, double load, IRunProgress progress, CancellationToken cancellation)
    {
        // What a file expects, and what the checks of the language say about it, is about the mesh as written: not about one that was changed.
        var scenario = variant.Scenario with { World = LoadFactor.Apply(variant.Scenario.World, load), Expectations = [], Warnings = [] };
        var runPlan = new RunPlan(scenario) { Parallelism = Math.Max(1, plan.Parallel ?? VirtualRun.Parallelism(scenario.World)), Replay = plan.Replay };
        return VirtualRun.Run(runPlan, progress, cancellation) with { Variant = variant.Name };
    }

    private static ComparisonRecord? Record(ComparisonPlan plan, IReadOnlyList<double> loads, IReadOnlyList<ComparedRun> runs)
    {
        if (runs.Count == 0) return null;
        var first = plan.Variants[0].Scenario;
        string[] stopped = loads.Count < plan.Loads.Count ? [$"Stopped early: {loads.Count} of {plan.Loads.Count} loads were run."] : [];
        return new ComparisonRecord
        {
            Name = first.Name,
            Description = first.Description,
            Variants = [.. plan.Variants.Select(variant => variant.Told)],
            Baseline = plan.Baseline,
            Loads = loads,
            Runs = runs,
            Warnings = [.. stopped, .. runs.SelectMany(run => RunWarnings.Of(run.Record).Select(warning => $"{run.Variant}{At(plan, run.Load)}: {warning}"))],
            Replay = plan.Replay,
        };
    }

    private static string At(ComparisonPlan plan, double load) => plan.Loads.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" at {load:0.####} x load");

    /// <summary>Counts the replications of one run after those of the runs before it.</summary>
    private sealed class Following(IRunProgress all, int before) : IRunProgress
    {
        public void Reached(int replication, TimeSpan virtualTime) => all.Reached(before + replication, virtualTime);

        public void Ended(int replication) => all.Ended(before + replication);
    }
}
