using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>The way to an authority of the same process, which takes a sidecar's word for who it is: all sidecars of one node share its memory anyway.</summary>
/// <param name="authority">The authority.</param>
/// <param name="id">Who the sidecar is.</param>
public sealed class LocalIssuer(CertificateAuthority authority, SpiffeId id) : IIdentityIssuer
{
    /// <inheritdoc/>
    public Task<IssuedIdentity> IssueAsync(ReadOnlyMemory<byte> signingRequest, WorkloadCertificate? current, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult(authority.Issue(id, signingRequest.Span));
        }
        catch (IdentityException e)
        {
            return Task.FromException<IssuedIdentity>(e);
        }
    }
}
