using Mesh.Runtime.Faults;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;
using Mesh.Simulator.Faults;

namespace Mesh.Scenarios.Running.Live;

/// <summary>What changes in the course of a live run: faults come and go, and so do replicas. Every fault is out of force when the timeline is over, however it ends.</summary>
internal sealed class LiveTimeline
{
    private readonly LiveWorld _world;
    private readonly IMeshEvents _events;
    private readonly LiveFault[] _faults;

    public LiveTimeline(LiveWorld world, IMeshEvents events)
    {
        (_world, _events) = (world, events);
        _faults = [.. world.Config.Faults.Select((_, number) => LiveFault.Create(world, number))];
    }

    /// <summary>What each fault was asked to do so far, and what it did; in the file's order.</summary>
    public IReadOnlyList<FaultMeasure> Measures => [.. _faults.Select(fault => fault.Measure)];

    /// <summary>Runs it, from <paramref name="begin"/> (ticks) until everything has happened, or until cancelled.</summary>
    public Task RunAsync(long begin, CancellationToken cancellation) => Task.WhenAll(
        [.. _world.Config.Faults.Select((plan, number) => RunAsync(plan, number, begin, cancellation)), .. _world.Config.Scale.Select(change => RunAsync(change, begin, cancellation))]);

    private async Task RunAsync(FaultPlanConfig plan, int number, long begin, CancellationToken cancellation)
    {
        foreach (var at in plan.Beginnings(_world.Config.Duration))
        {
            if (!await Reached(begin + at.Ticks, cancellation).ConfigureAwait(false)) return;
            long from = _world.Time.GetTimestamp();
            Report(plan, number, 1);
            await _faults[number].BeginAsync(new FaultSpan(from, from + plan.For.Ticks, plan.Ramp.Ticks)).ConfigureAwait(false);
            await Reached(from + plan.For.Ticks, cancellation).ConfigureAwait(false);
            await _faults[number].EndAsync().ConfigureAwait(false);
            Report(plan, number, 0);
        }
    }

    private async Task RunAsync(ScaleConfig change, long begin, CancellationToken cancellation)
    {
        if (await Reached(begin + change.At.Ticks, cancellation).ConfigureAwait(false)) await _world.Fleet.ScaleAsync(change, cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until an instant; false when the run was cancelled before.</summary>
    private async Task<bool> Reached(long at, CancellationToken cancellation)
    {
        try
        {
            long left = at - _world.Time.GetTimestamp();
            if (left > 0) await Task.Delay(TimeSpan.FromTicks(left), _world.Time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Report(FaultPlanConfig plan, int number, int inForce) => _events.On(new MeshEvent
    {
        At = _world.Time.GetTimestamp(),
        Kind = MeshEventKind.FaultPhase,
        Proxy = -1,
        Service = plan.Target.Service is { } service ? _world.Host.Directory.FindService(service) : -1,
        Class = -1,
        Attempt = number,
        Endpoint = -1,
        Outcome = inForce,
    });
}
