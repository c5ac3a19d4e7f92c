using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Trust bundles on the wire.</summary>
internal static class TrustWire
{
    public static Wire.Trust Write(TrustBundle trust) => new() { Domain = trust.TrustDomain.ToWire(), Roots = trust.ToPem().ToWire() };

    /// <summary>The bundle.</summary>
    /// <exception cref="IdentityException">It does not read.</exception>
    public static TrustBundle Read(Wire.Trust trust) => TrustBundle.FromPem(trust.Domain.ToText(), trust.Roots.ToText());
}
