using Mesh.Reports.Results;
using Mesh.Scenarios.Expectations;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>Runs a scenario over real processes and sockets on this machine: its replications one after the other, judged and put into the same record as the virtual world's.</summary>
internal static class LiveRun
{
    /// <summary>What of a scenario cannot be done live, each with what to do about it; empty where all of it can.</summary>
    /// <param name="world">The scenario's world.</param>
    /// <param name="isolate">Whether each service has a process of its own.</param>
    public static IEnumerable<string> Problems(WorldConfig world, bool isolate)
    {
        int users = world.Workloads.Sum(workload => workload.Users), most = FileBudget.RequestsInProgress(world, isolate, FileBudget.Limit);
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
            if (fault.Effect is PauseEffect && !isolate)
                yield return $"fault '{fault.Name}': 'pause' stops a process, and the services of this live world share one. Give each its own with --isolate.";
            if (fault.Effect is PauseEffect && world.Services.FirstOrDefault(service => service.Live is { Addresses.Count: > 0 } && (fault.Target.Service ?? service.Name) == service.Name) is { } running)
                yield return $"fault '{fault.Name}': 'pause' stops a process, and '{running.Name}' runs already ('address'): it is not MeshLab's to stop. Start it with 'command', or pause another service.";
            if (fault.Effect is PartitionEffect or LinkEffect && LinkToxics.Of(fault.Effect) is null)
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
            NotModelled = [.. NotModelled(plan)],
            Settings = [.. RunFacts.Settings(scenario).Where(setting => !setting.Name.StartsWith("network", StringComparison.Ordinal) && setting.Name != "sidecar cost"),
                new("processes", Processes(plan)), new("network", "this machine's loopback"), new("processors", Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            Warnings = [.. scenario.Warnings.Select(warning => warning.ToString())],
            Replay = plan.Replay,
            Versions = RunFacts.Versions(),
            RanAt = TimeProvider.System.GetUtcNow(),
        };
    }

    private static string Processes(RunPlan plan)
    {
        if (!plan.Isolate) return "one for all sidecars, synthetic services and the load";
        int sidecars = 1 + plan.Scenario.World.Services.Sum(Replicas);
        int services = plan.Scenario.World.Services.Where(service => service.Live is null).Sum(Replicas);
        return $"one for the load, and one for each of {sidecars} sidecars and {services} synthetic services";

        static int Replicas(ServiceConfig service) => service.Live is { Addresses: { Count: > 0 } own } ? own.Count : service.Versions.Sum(version => version.Replicas);
    }

    private static IEnumerable<string> NotModelled(RunPlan plan)
    {
        yield return "A live run does not repeat: arrivals, demands and errors are those of the seed, but threads, timers and the network take the time that they take. It has no trace hash.";
        yield return "The scenario's network is not imitated: everything runs over this machine's loopback, and shares its processors.";
        yield return "Services wait out their service time by timers; they burn no processor time.";
        if (plan.Isolate && plan.Scenario.World.Faults.Any(fault => fault.Effect is MeshFaultEffect { FirstRequests: not null } or MeshFaultEffect { MaxActive: not null }))
            yield return "Each sidecar is a process of its own and counts 'firstRequests' and 'maxActive' of a fault for itself; elsewhere they are counted over the whole mesh.";
    }
}
