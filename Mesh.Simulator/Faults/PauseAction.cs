using Mesh.Runtime.Faults;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>Replicas stand still, with their connections open.</summary>
internal sealed class PauseAction(FaultPlanConfig plan, FaultWorld world) : FaultAction(plan, world)
{
    private IReadOnlyList<VirtualReplica> _paused = [];

    public override FaultCount Count => default;

    public override void End()
    {
        foreach (var replica in _paused)
        {
            World.Network.NodeOf(replica.Endpoint.Id).StandStill(false);
            replica.Interruptions!.Resume();
        }
        _paused = [];
    }

    protected override void OnBegin(FaultSpan span)
    {
        _paused = Choose();
        foreach (var replica in _paused)
        {
            World.Network.NodeOf(replica.Endpoint.Id).StandStill(true);
            replica.Interruptions!.Pause();
        }
    }
}
