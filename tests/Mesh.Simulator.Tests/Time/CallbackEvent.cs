using Mesh.Simulator.Time;

namespace Mesh.Simulator.Tests.Time;

/// <summary>An event that calls back.</summary>
internal sealed class CallbackEvent(Action fire) : SimEvent
{
    protected internal override void Fire() => fire();
}
