using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>Decides who may have which identity, and has the certificate authority sign: for a join token the first time, for the certificate that it replaces from then on.</summary>
/// <param name="authority">The one that signs.</param>
/// <param name="tokens">The join tokens.</param>
public sealed class RegistrationAuthority(CertificateAuthority authority, JoinTokens tokens)
{
    /// <summary>Told what became of every join token that was shown, and whom it named. It must not throw.</summary>
    public event Action<JoinTokenVerdict, SpiffeId?>? Joined;

    /// <summary>The first certificate.</summary>
    /// <exception cref="IdentityException">The token or the request is refused.</exception>
    public IssuedIdentity Join(string token, ReadOnlySpan<byte> signingRequest)
    {
        string key = SigningRequest.Fingerprint(SigningRequest.PublicKeyOf(signingRequest));   // a request that nobody would sign uses no token up
        var verdict = tokens.Redeem(token, key, out var id);
        Joined?.Invoke(verdict, id);
        if (id is null) throw new IdentityException("the join token is refused: it is unknown, has expired, or was used; ask for a new one.");
        return authority.Issue(id, signingRequest);
    }

    /// <summary>A new certificate for whom mutual TLS has proved who it is.</summary>
    /// <exception cref="IdentityException">The request is refused.</exception>
    public IssuedIdentity Renew(SpiffeId peer, ReadOnlySpan<byte> signingRequest) => authority.Issue(peer, signingRequest);
}
