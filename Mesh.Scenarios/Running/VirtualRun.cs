using System.Runtime.ExceptionServices;
using Mesh.Reports.Results;
using Mesh.Scenarios.Expectations;

namespace Mesh.Scenarios.Running;

/// <summary>Runs a scenario in the virtual world: all of its replications, judged and put into one record.</summary>
internal sealed class VirtualRun
{
    private readonly RunPlan _plan;
    private readonly IRunProgress _progress;
    private readonly CancellationToken _cancellation;
    private readonly ReplicationRecord?[] _records;
    private int _next = -1;
    private ExceptionDispatchInfo? _failure;

    private VirtualRun(RunPlan plan, IRunProgress progress, CancellationToken cancellation)
    {
        _plan = plan;
        _progress = progress;
        _cancellation = cancellation;
        _records = new ReplicationRecord?[plan.Scenario.Replications];
    }

    /// <summary>The run's record. When it is cancelled, with what was measured until then.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Stops the run.</param>
    public static RunRecord Run(RunPlan plan, IRunProgress progress, CancellationToken cancellation = default)
    {
        var run = new VirtualRun(plan, progress, cancellation);
        run.RunReplications();
        return run.Record();
    }

    /// <summary>How many worlds of this scenario may run at once: one a core, as far as memory allows.</summary>
    public static int Parallelism(Simulator.WorldConfig world)
    {
        const long PerWorld = 64 << 20, PerReplica = 64 << 10;
        long replicas = world.Services.Sum(service => service.Versions.Sum(version => (long)version.Replicas));
        long worlds = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / (PerWorld + (replicas * PerReplica));
        return (int)Math.Clamp(worlds, 1, Environment.ProcessorCount);
    }

    private void RunReplications()
    {
        int count = Math.Min(_plan.Parallelism, _records.Length);
        var threads = Enumerable.Range(0, count).Select(number => new Thread(Work, maxStackSize: 16 << 20) { Name = $"world {number}", IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        _failure?.Throw();
    }

    private void Work()
    {
        try
        {
            while (!_cancellation.IsCancellationRequested && _failure is null && Interlocked.Increment(ref _next) is var number && number < _records.Length)
            {
                _records[number] = Replication.Run(_plan, number, _progress, _cancellation);
            }
        }
        catch (Exception error)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    private RunRecord Record()
    {
        var scenario = _plan.Scenario;
        ReplicationRecord[] records = [.. _records.OfType<ReplicationRecord>()];
        // A replication that was cut short would bias the mean of the others.
        ReplicationRecord[] complete = [.. records.Where(record => record.StopReason == "completed")];
        return new RunRecord
        {
            Scenario = scenario.Name,
            File = scenario.File,
            Description = scenario.Description,
            Seed = scenario.World.Seed,
            WarmupSeconds = scenario.World.Warmup.TotalSeconds,
            DurationSeconds = scenario.World.Duration.TotalSeconds,
            Replications = records,
            Verdicts = [.. scenario.Expectations.Select(expectation => ExpectationJudge.Judge(expectation, complete.Length > 0 ? complete : records))],
            NotModelled = RunFacts.NotModelled(scenario.World),
            Settings = RunFacts.Settings(scenario),
            Warnings = [.. scenario.Warnings.Select(warning => warning.ToString())],
            Replay = _plan.Replay,
            Versions = RunFacts.Versions(),
            RanAt = TimeProvider.System.GetUtcNow(),
        };
    }
}
