using Mesh.Scenarios.Language;

namespace Mesh.Scenarios.Running;

/// <summary>What is to be run, and how.</summary>
/// <param name="Scenario">The scenario.</param>
internal sealed record RunPlan(ScenarioFile Scenario)
{
    /// <summary>Replications that run at the same time, each on a thread of its own. Results do not depend on it.</summary>
    public int Parallelism { get; init; } = 1;

    /// <summary>Whether a live run gives each sidecar and each synthetic service a process of its own.</summary>
    public bool Isolate { get; init; }

    /// <summary>Where the first replication's trace is written; <c>null</c> for no trace.</summary>
    public string? TraceFile { get; init; }

    /// <summary>The command that runs all of this again.</summary>
    public string Replay { get; init; } = "";

    /// <summary>The length of a window of the series over time: the shortest round one that gives at most 120 windows, or 60 in a large mesh, whose edges are many.</summary>
    public TimeSpan Window
    {
        get
        {
            double most = Scenario.World.Services.Count > 200 ? 60 : 120;
            double[] seconds = [0.5, 1, 2, 5, 10, 30, 60, 300, 600, 3600];
            return TimeSpan.FromSeconds(seconds.FirstOrDefault(step => Scenario.World.Duration.TotalSeconds / step <= most, 86400));
        }
    }
}

/// <summary>Told how far a run has come. Called from the threads of the replications.</summary>
internal interface IRunProgress
{
    /// <summary>A replication has reached this virtual time.</summary>
    void Reached(int replication, TimeSpan virtualTime);

    /// <summary>A replication has ended.</summary>
    void Ended(int replication);
}

/// <summary>Nobody listens.</summary>
internal sealed class NoProgress : IRunProgress
{
    public void Reached(int replication, TimeSpan virtualTime) { }

    public void Ended(int replication) { }
}
