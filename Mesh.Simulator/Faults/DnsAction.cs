using Mesh.Runtime.Faults;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>A service's name does not resolve, or to what it was a while ago. Counted are the changes that were not heard when they happened.</summary>
internal sealed class DnsAction(FaultPlanConfig plan, DnsEffect effect, FaultWorld world) : FaultAction(plan, world)
{
    private long _earlier;
    private long _before;
    private bool _inForce;

    public override FaultCount Count => new() { Injected = _earlier + (_inForce ? Name.Withheld - _before : 0) };

    private NameLookup Name => World.Fleet.LookupOf(Plan.Target.Service!);

    public override void End()
    {
        _earlier += Name.Withheld - _before;
        _inForce = false;
        if (effect.Staleness is { } age) Name.Age -= age.Ticks;
        else Name.Failing--;
        World.Fleet.Resolve(Plan.Target.Service!);
    }

    protected override void OnBegin(FaultSpan span)
    {
        _before = Name.Withheld;
        _inForce = true;
        if (effect.Staleness is { } age) Name.Age += age.Ticks;
        else Name.Failing++;
    }
}
