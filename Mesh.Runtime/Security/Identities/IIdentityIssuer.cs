namespace Mesh.Runtime.Security.Identities;

/// <summary>Where a sidecar gets its identity: the certificate authority, or the way to it.</summary>
public interface IIdentityIssuer
{
    /// <summary>Asks for a certificate.</summary>
    /// <param name="signingRequest">The request (PKCS #10, DER), signed by the key that the certificate shall be for. The authority takes nothing from it but that key.</param>
    /// <param name="current">What the workload has now, by which it may prove itself; <c>null</c> the first time, when the issuer's join token has to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IdentityException">The authority refuses: asking again with the same request will not help at once.</exception>
    /// <exception cref="IOException">The authority cannot be reached.</exception>
    Task<IssuedIdentity> IssueAsync(ReadOnlyMemory<byte> signingRequest, WorkloadCertificate? current, CancellationToken cancellation);
}

/// <summary>What the authority answers.</summary>
/// <param name="Chain">The workload's certificate and those that lead from it to a root, which is not among them; DER.</param>
/// <param name="Trust">The roots that peers' certificates are verified against.</param>
public sealed record IssuedIdentity(IReadOnlyList<ReadOnlyMemory<byte>> Chain, TrustBundle Trust);

/// <summary>An identity was refused, or what was issued is not what it has to be. The message says why and holds no secret.</summary>
public sealed class IdentityException(string message, Exception? inner = null) : Exception(message, inner);
