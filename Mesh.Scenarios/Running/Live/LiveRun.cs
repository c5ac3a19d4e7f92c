using Mesh.Reports.Results;
using Mesh.Scenarios.Expectations;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Runs a scenario over real processes and sockets on this machine: its replications one after the other, judged and put into the same record as the virtual world's.</summary>
internal static class LiveRun
{
    /// <summary>What of a scenario cannot be done live, each with what to do about it; empty where all of it can.</summary>
    public static IEnumerable<string> Problems(WorldConfig world)
    {
        int users = world.Workloads.Sum(workload => workload.Users), most = FileBudget.RequestsInProgress(world, FileBudget.Limit);
        if (users > most)
            yield return $"the load has {users:N0} users at once, and the {FileBudget.Limit:N0} files that this process may have open are enough for {most:N0} requests in progress. Use fewer users, or raise the limit (ulimit -n).";
        foreach (var fault in world.Faults)
        {
            if (fault.Effect is ControlPlaneEffect)
                yield return $"fault '{fault.Name}': a live run tells its sidecars itself and has no control plane that could fail. Run it in the virtual world.";
            if (fault.Effect is DnsEffect)
                yield return $"fault '{fault.Name}': a live run tells its sidecars itself and asks for no names. Run it in the virtual world.";
            if (fault.Effect is CertificateEffect)
                yield return $"fault '{fault.Name}': the authority of a live run makes good certificates only. Run it in the virtual world.";
            if (fault.Effect is PauseEffect)
                yield return $"fault '{fault.Name}': 'pause' stops a process, and the services of this live world share one. Use 'slow' with a long delay, or run it in the virtual world.";
            if (fault.Effect is PartitionEffect or LinkEffect && LiveLinkFault.TryToxicOf(fault.Effect) is null)
                yield return $"fault '{fault.Name}': on real sockets a link can be cut (without 'flap') or given a fixed 'delay'; loss, drawn delays and flapping are the virtual world's.";
        }
    }

    /// <summary>The run's record. When it is cancelled, with what was measured until then.</summary>
    public static async Task<RunRecord> RunAsync(RunPlan plan, IRunProgress progress, CancellationToken cancellation)
    {
        var records = new List<ReplicationRecord>();
        for (int number = 0; number < plan.Scenario.Replications && !cancellation.IsCancellationRequested; number++)
            records.Add(await LiveReplication.RunAsync(plan, number, progress, cancellation).ConfigureAwait(false));
        return Record(plan, records);
    }

    private static RunRecord Record(RunPlan plan, List<ReplicationRecord> records)
    {
        var scenario = plan.Scenario;
        ReplicationRecord[] complete = [.. records.Where(record => record.StopReason == "completed")];
        return new RunRecord
        {
            Scenario = scenario.Name,
            File = scenario.File,
            Description = scenario.Description,
            World = "live",
            Seed = scenario.World.Seed,
            WarmupSeconds = scenario.World.Warmup.TotalSeconds,
            DurationSeconds = scenario.World.Duration.TotalSeconds,
            Replications = records,
            Verdicts = [.. scenario.Expectations.Select(expectation => ExpectationJudge.Judge(expectation, complete.Length > 0 ? complete : [.. records]))],
            NotModelled = NotModelled(),
            Settings = [.. RunFacts.Settings(scenario).Where(setting => !setting.Name.StartsWith("network", StringComparison.Ordinal) && setting.Name != "sidecar cost"),
                new("network", "this machine's loopback"), new("processors", Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            Warnings = [.. scenario.Warnings.Select(warning => warning.ToString())],
            Replay = plan.Replay,
            Versions = RunFacts.Versions(),
            RanAt = TimeProvider.System.GetUtcNow(),
        };
    }

    private static List<string> NotModelled() =>
    [
        "A live run does not repeat: arrivals, demands and errors are those of the seed, but threads, timers and the network take the time that they take. It has no trace hash.",
        "The scenario's network is not imitated: everything runs over this machine's loopback, and shares its processors.",
        "Services wait out their service time by timers; they burn no processor time.",
    ];
}
