using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Running.Live.Isolation;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replication in the live world: a mesh of its own on free ports, loaded once with a seed of its own, recorded, and gone.</summary>
internal sealed class LiveReplication
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly RunPlan _plan;
    private readonly int _number;
    private readonly WorldConfig _config;
    private readonly IRunProgress _progress;

    private LiveReplication(RunPlan plan, int number, IRunProgress progress)
    {
        (_plan, _number, _progress) = (plan, number, progress);
        _config = plan.Scenario.World with { Seed = unchecked(plan.Scenario.World.Seed + (ulong)number) };
    }

    /// <summary>Runs it. Everything that it started is gone when this completes.</summary>
    public static Task<ReplicationRecord> RunAsync(RunPlan plan, int number, IRunProgress progress, CancellationToken cancellation) =>
        new LiveReplication(plan, number, progress).RunAsync(cancellation);

    private async Task<ReplicationRecord> RunAsync(CancellationToken cancellation)
    {
        var directory = new MeshDirectory();
        var recorder = new LiveRecorder(new RunRecorder(directory, new RecorderOptions
        {
            Warmup = _config.Warmup.Ticks,
            End = _config.Duration.Ticks,
            Window = _plan.Window.Ticks,
            Ingress = World.Ingress,
            Phases = FaultPhases.Of(_config),
        }));
        await using var world = new LiveWorld(Host(directory, recorder));
        await world.StartAsync(cancellation).ConfigureAwait(false);
        await LiveRehearsal.RunAsync(world, cancellation).ConfigureAwait(false);
        return await LoadAsync(world, recorder, cancellation).ConfigureAwait(false);
    }

    private ILiveHost Host(MeshDirectory directory, LiveRecorder recorder) => _plan.Isolate
        ? new IsolatedHost(new IsolatedHostOptions { Config = _config, Scenario = _plan.Scenario.Written!, Directory = directory, Events = recorder })
        : new NodeHost(_config, directory, recorder);

    private async Task<ReplicationRecord> LoadAsync(LiveWorld world, LiveRecorder recorder, CancellationToken cancellation)
    {
        var time = world.Time;
        var timeline = new LiveTimeline(world, recorder);
        await using var load = new LiveWorkload(_config.Workloads, _config.Seed, LiveWorkloadOptions.For(world), NoRequests.One, time);
        long begin = time.GetTimestamp() + (TimeSpan.TicksPerSecond / 10);
        recorder.Begin(begin);
        var usage = new LiveUsage(world.Fleet);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchAsync(usage, time, begin, over.Token);
        var happening = timeline.RunAsync(begin, over.Token);
        var report = await load.RunAsync(begin, _config.Duration, cancellation).ConfigureAwait(false);
        var replicas = await usage.SinceAsync().ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(watching, happening).ConfigureAwait(false);
        await world.Host.SettleAsync().ConfigureAwait(false);
        _progress.Ended(_number);
        return recorder.Finish(new ReplicationFacts
        {
            Replication = _number,
            Seed = _config.Seed,
            TraceHash = "",
            VirtualSeconds = TimeSpan.FromTicks(time.GetTimestamp() - begin).TotalSeconds,
            WallSeconds = TimeSpan.FromTicks(time.GetTimestamp()).TotalSeconds,
            EventsFired = 0,
            StopReason = cancellation.IsCancellationRequested ? "cancelled" : "completed",
            Replicas = replicas,
            Faults = [.. timeline.Measures.Select((fault, i) => Replication.Stats(fault, _config.Faults[i]))],
            Warnings = [.. report.Warnings(), .. world.Host.Warnings],
        });
    }

    /// <summary>Tells how far it has come, and looks at the replicas when the warm-up is over.</summary>
    private async Task WatchAsync(LiveUsage usage, TimeProvider time, long begin, CancellationToken over)
    {
        bool warm = false;
        try
        {
            while (true)
            {
                await Task.Delay(ProgressInterval, time, over).ConfigureAwait(false);
                var reached = TimeSpan.FromTicks(Math.Clamp(time.GetTimestamp() - begin, 0, _config.Duration.Ticks));
                if (!warm && reached >= _config.Warmup) await usage.BeginAsync().ConfigureAwait(false);
                warm |= reached >= _config.Warmup;
                _progress.Reached(_number, reached);
            }
        }
        catch (OperationCanceledException)
        {
            _progress.Reached(_number, _config.Duration);
        }
    }

    /// <summary>The sidecars' events tell all that a record needs.</summary>
    internal sealed class NoRequests : ILiveRequests
    {
        public static NoRequests One { get; } = new();

        public void On(in LiveRequest request) { }
    }
}
