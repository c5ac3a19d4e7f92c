using Mesh.Runtime.Faults;

namespace Mesh.Simulator.Faults;

/// <summary>The control plane is away, slow, or out of date. Counted are connections that broke, pushes that took longer, and observations that did not reach it.</summary>
internal sealed class ControlPlaneAction(FaultPlanConfig plan, ControlPlaneEffect effect, FaultWorld world) : FaultAction(plan, world)
{
    private long _earlier;
    private long _before;
    private bool _inForce;

    public override FaultCount Count => new() { Injected = _earlier + (_inForce ? Counter - _before : 0) };

    private long Counter => effect.Kind switch
    {
        ControlPlaneFault.SlowPush => World.ControlPlane.Pushes,
        ControlPlaneFault.StaleEndpoints => World.ControlPlane.Withheld,
        _ => World.ControlPlane.Broken,
    };

    public override void End()
    {
        _earlier += Counter - _before;
        _inForce = false;
        switch (effect.Kind)
        {
            case ControlPlaneFault.Outage: World.ControlPlane.SetReachable(true); break;
            case ControlPlaneFault.Restart: World.ControlPlane.Restart(); break;
            case ControlPlaneFault.StaleEndpoints: World.ControlPlane.SetStale(false); break;
            default: World.ControlPlane.PushDelay -= effect.SlowPush.Ticks; break;
        }
    }

    protected override void OnBegin(FaultSpan span)
    {
        _before = Counter;
        _inForce = true;
        switch (effect.Kind)
        {
            case ControlPlaneFault.Outage: World.ControlPlane.SetReachable(false); break;
            case ControlPlaneFault.Restart: World.ControlPlane.Stop(); break;
            case ControlPlaneFault.StaleEndpoints: World.ControlPlane.SetStale(true); break;
            default: World.ControlPlane.PushDelay += effect.SlowPush.Ticks; break;
        }
    }
}
