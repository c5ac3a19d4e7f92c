using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Tests.Security.Identities;

/// <summary>Keys, requests and identities for tests.</summary>
internal static class TestAuthority
{
    public static SpiffeId Id(string account, string trustDomain = "cluster.local") => new(trustDomain, "default", account);

    public static byte[] Request(AsymmetricAlgorithm? key = null, Action<CertificateRequest>? also = null)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa ? new CertificateRequest("CN=ignored", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=ignored", key as ECDsa ?? own, HashAlgorithmName.SHA256);
        also?.Invoke(request);
        return request.CreateSigningRequest();
    }

    /// <summary>A certificate with its key, and its chain, as an account would hold them.</summary>
    public static WorkloadCertificate Certificate(this CertificateAuthority authority, SpiffeId id, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return WorkloadCertificate.From(authority.Issue(id, Request(key)), key, now);
    }

    /// <summary>An identity with its first certificate.</summary>
    public static async Task<WorkloadIdentity> IdentityAsync(this CertificateAuthority authority, string account, TimeProvider? time = null)
    {
        var identity = new WorkloadIdentity(new LocalIssuer(authority, Id(account, authority.TrustDomain)), time ?? TimeProvider.System, new KeyedRandom(1));
        identity.Start();
        await identity.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        return identity;
    }

    /// <summary>An authority that we did not make: RSA root, ECDSA issuer, in PEM.</summary>
    public static (string Certificates, string Key) Foreign(DateTimeOffset now, Action<CertificateRequest>? alsoIssuer = null)
    {
        using var rootKey = RSA.Create(2048);
        var root = new CertificateRequest("CN=corporate root", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var rootCertificate = root.CreateSelfSigned(now.AddDays(-1), now.AddDays(100));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var issuer = new CertificateRequest("CN=mesh issuer", key, HashAlgorithmName.SHA384);
        issuer.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        alsoIssuer?.Invoke(issuer);
        using var issuerCertificate = issuer.Create(rootCertificate.SubjectName, X509SignatureGenerator.CreateForRSA(rootKey, RSASignaturePadding.Pkcs1), now.AddDays(-1), now.AddDays(50), [1]);
        return ($"{issuerCertificate.ExportCertificatePem()}\n{rootCertificate.ExportCertificatePem()}\n", key.ExportPkcs8PrivateKeyPem());
    }
}
