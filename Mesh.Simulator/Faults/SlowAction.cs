using Mesh.Runtime.Faults;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>Replicas work slowly.</summary>
internal sealed class SlowAction(FaultPlanConfig plan, SlowEffect effect, FaultWorld world) : FaultAction(plan, world)
{
    private readonly Distribution? _delay = effect.Delay is { } delay ? Distribution.Create(delay) : null;
    private readonly List<VirtualReplica> _slow = [];
    private Slowdown? _slowdown;
    private FaultCount _earlier;

    public override FaultCount Count => _slowdown is null ? _earlier : _earlier + _slowdown.Count;

    public override double RequestedDelay => _delay?.Mean ?? 0;

    public override void End()
    {
        foreach (var replica in _slow)
        {
            replica.Replica.Slowdowns!.Remove(_slowdown!);
            if (replica.Replica.Slowdowns.Count == 0) replica.Replica.Slowdowns = null;
        }
        _slow.Clear();
        _earlier = Count;
        _slowdown = null;
    }

    public override void Joined(VirtualReplica replica)
    {
        if (Takes(replica)) Slow(replica);
    }

    protected override void OnBegin(FaultSpan span)
    {
        _slowdown = new Slowdown(Plan.Name, span, effect.Factor, _delay);
        foreach (var replica in Choose()) Slow(replica);
    }

    private void Slow(VirtualReplica replica)
    {
        (replica.Replica.Slowdowns ??= []).Add(_slowdown!);
        _slow.Add(replica);
    }
}
