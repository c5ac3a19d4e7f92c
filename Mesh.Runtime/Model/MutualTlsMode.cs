namespace Mesh.Runtime.Model;

/// <summary>Whether the sidecars of a service speak mutual TLS (Istio's PeerAuthentication).</summary>
public enum MutualTlsMode
{
    /// <summary>Only mutual TLS is taken; plain text is refused.</summary>
    Strict,
    /// <summary>Mutual TLS and plain text are both taken; sidecars that know the endpoint's identity speak mutual TLS.</summary>
    Permissive,
    /// <summary>Plain text only: nobody proves who they are.</summary>
    Disabled,
}
