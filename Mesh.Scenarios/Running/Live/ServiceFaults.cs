using Mesh.Runtime.Faults;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The faults that a synthetic service does to itself: it works slowly.</summary>
/// <param name="config">The scenario's world.</param>
/// <param name="replica">The replica.</param>
internal sealed class ServiceFaults(WorldConfig config, LiveReplica replica) : IFaultDesk
{
    private readonly Dictionary<int, Slowdown> _inForce = [];
    private readonly Lock _lock = new();

    public void Begin(Injection injection)
    {
        var plan = config.Faults[injection.Fault];
        var effect = (SlowEffect)plan.Effect;
        var slowdown = new Slowdown(plan.Name, injection.Span, effect.Factor, effect.Delay is { } delay ? Distribution.Create(delay) : null);
        lock (_lock) _inForce.Add(injection.Number, slowdown);
        replica.Begin(slowdown);
    }

    public FaultCount End(int injection)
    {
        Slowdown? slowdown;
        lock (_lock)
            if (!_inForce.Remove(injection, out slowdown)) return default;
        replica.End(slowdown);
        return slowdown.Count;   // nobody adds to it any more
    }
}
