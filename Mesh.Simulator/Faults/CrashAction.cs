using Mesh.Runtime.Faults;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Faults;

/// <summary>Replicas crash, and start again when the fault ends.</summary>
internal sealed class CrashAction(FaultPlanConfig plan, CrashEffect effect, FaultWorld world) : FaultAction(plan, world)
{
    private IReadOnlyList<VirtualReplica> _crashed = [];
    private Deregistration? _deregistration;
    private FaultCount _count;

    public override FaultCount Count => _count;

    public override void End()
    {
        if (_deregistration is not null) World.Loop.Cancel(_deregistration);
        foreach (var replica in _crashed)
        {
            World.Network.NodeOf(replica.Endpoint.Id).ComeBack(dark: false, World.Loop.Now);
            replica.Interruptions!.Restart();
            World.Fleet.List(replica, listed: true);
        }
        _crashed = [];
    }

    protected override void OnBegin(FaultSpan span)
    {
        _crashed = Choose();
        foreach (var replica in _crashed) World.Network.NodeOf(replica.Endpoint.Id).GoDown(dark: false);
        foreach (var replica in _crashed) _count += new FaultCount { Injected = replica.Interruptions!.Crash() };
        if (effect.DeregisterAfter is { } after) World.Loop.ScheduleAfter(_deregistration = new Deregistration(this), after.Ticks);
    }

    private sealed class Deregistration(CrashAction action) : SimEvent
    {
        protected internal override void Fire()
        {
            foreach (var replica in action._crashed) action.World.Fleet.List(replica, listed: false);
        }
    }
}
