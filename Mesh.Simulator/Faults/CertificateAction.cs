using Mesh.Runtime.Faults;
using Mesh.Simulator.Network;

namespace Mesh.Simulator.Faults;

/// <summary>Replicas' certificates are no good. Counted are the handshakes that failed because of them.</summary>
internal sealed class CertificateAction(FaultPlanConfig plan, CertificateEffect effect, FaultWorld world) : FaultAction(plan, world)
{
    private readonly List<(NetworkNode Node, long Before)> _hit = [];
    private long _earlier;

    public override FaultCount Count => new() { Injected = _earlier + Refused };

    private long Refused => _hit.Sum(hit => hit.Node.RefusedHandshakes - hit.Before);

    public override void End()
    {
        _earlier += Refused;
        foreach (var (node, _) in _hit) node.Spoil(effect.Kind, spoilt: false);
        _hit.Clear();
    }

    protected override void OnBegin(FaultSpan span)
    {
        foreach (var replica in Choose())
        {
            var node = World.Network.NodeOf(replica.Endpoint.Id);
            node.Spoil(effect.Kind, spoilt: true);
            _hit.Add((node, node.RefusedHandshakes));
        }
    }
}
