using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.Security.Identities;

/// <summary>A workload's certificate with its private key, its chain, and the form in which TLS uses them (made once, not per handshake). The key never leaves it.</summary>
public sealed class WorkloadCertificate
{
    private WorkloadCertificate(SpiffeId id, X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        (Id, Certificate) = (id, certificate);
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>Whom it names.</summary>
    public SpiffeId Id { get; }

    /// <summary>Its serial number, in hexadecimal.</summary>
    public string Serial => Certificate.SerialNumber;

    /// <summary>When it begins to hold; some time before it was issued, so that a slow clock does not refuse it.</summary>
    public DateTimeOffset NotBefore => Certificate.NotBefore;

    /// <summary>When it expires.</summary>
    public DateTimeOffset NotAfter => Certificate.NotAfter;

    /// <summary>The certificate with its key.</summary>
    internal X509Certificate2 Certificate { get; }

    /// <summary>Certificate, chain and key as TLS sends and uses them.</summary>
    internal SslStreamCertificateContext Context { get; }

    /// <summary>Puts what was issued and the key that it was asked for together.</summary>
    /// <exception cref="IdentityException">It is not for this key, names nobody, or would not be accepted by a peer with the same trust bundle.</exception>
    internal static WorkloadCertificate From(IssuedIdentity issued, ECDsa key, DateTimeOffset now)
    {
        var chain = new X509Certificate2Collection();
        X509Certificate2 certificate;
        try
        {
            foreach (var der in issued.Chain) chain.Add(X509CertificateLoader.LoadCertificate(der.Span));
            if (chain.Count == 0) throw new IdentityException("the authority's answer holds no certificate.");
            using var leaf = chain[0];
            chain.RemoveAt(0);
            certificate = leaf.CopyWithPrivateKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new IdentityException("the authority's answer holds a certificate that does not read, or that is for another key.", e);
        }
        var verdict = PeerVerifier.Verify(certificate, chain, issued.Trust, now);
        return verdict.Peer is { } id ? new WorkloadCertificate(id, certificate, chain) : throw new IdentityException($"the authority issued a certificate that no peer would take: {verdict.Detail}");
    }

    /// <summary>Identity, serial number and end; nothing secret.</summary>
    public override string ToString() => $"{Id}, serial {Serial}, until {NotAfter.ToUniversalTime():u}";
}
