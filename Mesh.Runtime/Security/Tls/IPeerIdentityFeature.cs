using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Security.Tls;

/// <summary>
/// A connection's feature, which requests on it have too: who the peer has proved to be. Where it is missing, or <see cref="Peer"/> is <c>null</c>, the connection is plain text.
/// </summary>
public interface IPeerIdentityFeature
{
    /// <summary>The peer's identity.</summary>
    SpiffeId? Peer { get; }
}
