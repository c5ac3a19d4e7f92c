using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>What either world's proxy is told: the one service, and its policy.</summary>
internal static class Snapshots
{
    public static MeshSnapshot Of(int service, PolicyConfig policy, IReadOnlyList<Endpoint> endpoints)
    {
        var reconciler = new Reconciler(new MeshConfig { Defaults = policy });
        reconciler.Observe([new ServiceEndpoints(service, "api", endpoints)]);
        return reconciler.SnapshotFor(Subscription.All);
    }
}
