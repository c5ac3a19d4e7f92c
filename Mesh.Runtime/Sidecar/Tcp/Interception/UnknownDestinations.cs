namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>What becomes of connections to addresses that the mesh does not know (Istio's <c>outboundTrafficPolicy.mode</c>).</summary>
public enum UnknownDestinations
{
    /// <summary>They go on to where they were going. <c>ALLOW_ANY</c></summary>
    AllowAny,

    /// <summary>They are refused, with the flag <c>NR</c>. <c>REGISTRY_ONLY</c></summary>
    RegistryOnly,
}
