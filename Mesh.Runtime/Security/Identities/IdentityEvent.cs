namespace Mesh.Runtime.Security.Identities;

/// <summary>Something happened to a sidecar's identity.</summary>
/// <param name="Kind">What.</param>
/// <param name="Certificate">The certificate that counts from now on; <c>null</c> before the first.</param>
/// <param name="Failures">How often in a row the authority could not be asked; 0 after a success.</param>
/// <param name="Reason">Why it failed; empty otherwise. Holds no secret.</param>
public sealed record IdentityEvent(IdentityEventKind Kind, WorkloadCertificate? Certificate, int Failures, string Reason);

/// <summary>What may happen to an identity.</summary>
public enum IdentityEventKind
{
    /// <summary>The first certificate is here.</summary>
    Issued,
    /// <summary>A new certificate took the old one's place.</summary>
    Renewed,
    /// <summary>The authority could not be reached or refused; the old certificate stays.</summary>
    RenewalFailed,
    /// <summary>The roots that peers are verified against changed.</summary>
    TrustChanged,
}
