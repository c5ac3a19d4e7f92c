using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.ControlPlane;

/// <summary>A proxy's side of the control plane, sans IO: it takes newer snapshots over and acknowledges them; an older one that comes late changes nothing.</summary>
/// <param name="outbound">The proxy's outbound pipeline.</param>
/// <param name="inbound">Its inbound pipeline, where it stands before a replica.</param>
public sealed class ProxyAgent(OutboundPipeline outbound, InboundPipeline? inbound = null)
{
    /// <summary>A snapshot arrived.</summary>
    /// <returns>The acknowledgement to send back.</returns>
    public SnapshotAcknowledged Receive(MeshSnapshot snapshot)
    {
        if (snapshot.Version > outbound.SnapshotVersion)
        {
            outbound.Apply(snapshot);
            inbound?.Apply(snapshot);
        }
        return new SnapshotAcknowledged(outbound.ProxyId, outbound.SnapshotVersion);
    }
}
