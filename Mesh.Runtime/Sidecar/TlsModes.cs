using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Sidecar;

/// <summary>Whether a service's sidecars speak mutual TLS, by the newest snapshot that this sidecar has. Default permissive, as in Istio.</summary>
/// <param name="pipeline">The outbound pipeline, which holds the snapshot.</param>
internal sealed class TlsModes(OutboundPipeline pipeline)
{
    public MutualTlsMode Of(string service) =>
        pipeline.Snapshot.Find(pipeline.Plane.Directory.FindService(service))?.Policy.Mtls ?? MutualTlsMode.Permissive;
}
