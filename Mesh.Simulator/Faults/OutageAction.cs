using Mesh.Runtime.Faults;
using Mesh.Simulator.Network;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>A zone goes dark: its replicas crash without a word, and no message reaches or leaves them.</summary>
internal sealed class OutageAction(FaultPlanConfig plan, FaultWorld world) : FaultAction(plan, world)
{
    private IReadOnlyList<VirtualReplica> _dark = [];
    private LinkFault? _cut;
    private FaultCount _count;

    public override FaultCount Count => _count;

    public override void End()
    {
        World.Network.Remove(_cut!);
        foreach (var replica in _dark)
        {
            World.Network.NodeOf(replica.Endpoint.Id).ComeBack(dark: true, World.Loop.Now);
            replica.Interruptions!.Restart();
        }
        _dark = [];
    }

    protected override void OnBegin(FaultSpan span)
    {
        _dark = Choose();
        var zone = new PlaceFilter(Zone: World.Network.ZoneOf(Plan.Target.Zone!), ReplicasOnly: true);
        World.Network.Add(_cut = new LinkFault(Plan.Name, span, zone, new PlaceFilter()) { Cuts = true });
        foreach (var replica in _dark) World.Network.NodeOf(replica.Endpoint.Id).GoDown(dark: true);
        foreach (var replica in _dark) _count += new FaultCount { Injected = replica.Interruptions!.Crash() };
    }
}
