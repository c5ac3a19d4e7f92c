using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.ControlPlane;

/// <summary>A proxy's side of the control plane, sans IO: it takes newer snapshots over and acknowledges them; an older one that comes late changes nothing.</summary>
/// <param name="pipeline">The proxy's outbound pipeline.</param>
public sealed class ProxyAgent(OutboundPipeline pipeline)
{
    /// <summary>A snapshot arrived.</summary>
    /// <returns>The acknowledgement to send back.</returns>
    public SnapshotAcknowledged Receive(MeshSnapshot snapshot)
    {
        if (snapshot.Version > pipeline.SnapshotVersion) pipeline.Apply(snapshot);
        return new SnapshotAcknowledged(pipeline.ProxyId, pipeline.SnapshotVersion);
    }
}
