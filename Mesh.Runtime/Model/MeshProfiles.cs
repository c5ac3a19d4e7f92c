namespace Mesh.Runtime.Model;

/// <summary>Meshes whose behaviour without configuration can be put under a scenario.</summary>
public enum MeshProfile
{
    /// <summary>Envoy alone. <c>envoy</c></summary>
    Envoy,
    /// <summary>Istio. <c>istio</c></summary>
    Istio,
    /// <summary>Linkerd 2. <c>linkerd</c></summary>
    Linkerd,
    /// <summary>Consul Connect. <c>consul</c></summary>
    Consul,
    /// <summary>AWS App Mesh, whose support ended in 2026. <c>appMesh</c></summary>
    AppMesh,
    /// <summary>Kuma. <c>kuma</c></summary>
    Kuma,
}

/// <summary>What each mesh does when nothing is configured.</summary>
public static class MeshProfiles
{
    /// <summary>The policy that <paramref name="profile"/> means for every service.</summary>
    public static PolicyConfig PolicyOf(MeshProfile profile) => new();
}
