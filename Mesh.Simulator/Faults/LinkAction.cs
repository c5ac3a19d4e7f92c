using Mesh.Runtime.Faults;
using Mesh.Simulator.Network;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Faults;

/// <summary>The network between two places is cut, slow or lossy.</summary>
internal sealed class LinkAction : FaultAction
{
    private readonly Func<FaultSpan, LinkFault> _create;
    private readonly Distribution? _delay;
    private LinkFault? _active;
    private FaultCount _earlier;

    public LinkAction(FaultPlanConfig plan, PartitionEffect effect, FaultWorld world)
        : base(plan, world)
    {
        var (from, to) = (Place(plan.Target.Link!.From), Place(plan.Target.Link.To));
        _create = span => new LinkFault(plan.Name, span, from, to) { Cuts = true, BothWays = !effect.OneWay, Flap = effect.Flap?.Ticks ?? 0 };
    }

    public LinkAction(FaultPlanConfig plan, LinkEffect effect, FaultWorld world)
        : base(plan, world)
    {
        var (from, to) = (Place(plan.Target.Link!.From), Place(plan.Target.Link.To));
        _delay = effect.Delay is { } delay ? Distribution.Create(delay) : null;
        _create = span => new LinkFault(plan.Name, span, from, to) { Delay = _delay, Loss = effect.Loss };
    }

    public override FaultCount Count => _active is null ? _earlier : _earlier + _active.Count;

    public override double RequestedDelay => _delay?.Mean ?? 0;

    public override void End()
    {
        World.Network.Remove(_active!);
        _earlier = Count;
        _active = null;
    }

    protected override void OnBegin(FaultSpan span) => World.Network.Add(_active = _create(span));

    private PlaceFilter Place(string name) =>
        World.Network.HasZone(name) ? new PlaceFilter(Zone: World.Network.ZoneOf(name)) : new PlaceFilter(Service: World.Directory.FindService(name));
}
