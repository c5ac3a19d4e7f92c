using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>One root, and the certificate under it (or the root itself) whose key signs for workloads.</summary>
internal sealed class Signer
{
    private static readonly OidCollection BothUsages = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];   // TLS server, TLS client
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);
    private readonly X509Certificate2 _issuer;
    private readonly X509Certificate2? _rootWithKey;

    /// <summary>A signer.</summary>
    /// <param name="issuer">The certificate that signs, with its key.</param>
    /// <param name="chain">Those between a workload's certificate and the root: the issuer first, without the root.</param>
    /// <param name="root">The root.</param>
    /// <param name="rootWithKey">The root with its key, where the authority has it: then it makes new issuers.</param>
    /// <param name="since">From when on the root is in the trust bundle.</param>
    public Signer(X509Certificate2 issuer, X509Certificate2[] chain, X509Certificate2 root, X509Certificate2? rootWithKey, DateTimeOffset since)
    {
        (_issuer, Chain, Root, _rootWithKey, Since) = (issuer, chain, root, rootWithKey, since);
    }

    public X509Certificate2[] Chain { get; }

    public X509Certificate2 Root { get; }

    public DateTimeOffset Since { get; }

    /// <summary>When nothing can be signed any more.</summary>
    public DateTimeOffset Expires => Chain.Append(Root).Min(certificate => new DateTimeOffset(certificate.NotAfter));

    /// <summary>A new root and a new intermediate, ECDSA P-256.</summary>
    public static Signer New(CertificateAuthorityOptions options, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = AuthorityRequest("root", key, options.TrustDomain, pathLength: 1);
        var root = request.CreateSelfSigned(now - options.ClockSkew, now + options.RootLifetime);
        return WithNewIntermediate(root, options, now, now);
    }

    /// <summary>The same root with a new intermediate; itself where the root's key is elsewhere or the intermediate is in the first half of its life.</summary>
    public Signer Freshened(CertificateAuthorityOptions options, DateTimeOffset now)
    {
        if (_rootWithKey is null || now < _issuer.NotBefore + (_issuer.NotAfter - _issuer.NotBefore) / 2) return this;
        return WithNewIntermediate(_rootWithKey, options, now, Since);
    }

    /// <summary>A workload's certificate: one SPIFFE identity, and nothing that the workload asked for but its key.</summary>
    public X509Certificate2 Sign(SpiffeId id, PublicKey key, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(BothUsages, critical: false));
        request.CertificateExtensions.Add(Name(id.ToString(), critical: true));   // critical, for the subject is empty (RFC 5280 §4.2.1.6)
        return Sign(request, _issuer, notBefore, notAfter);
    }

    /// <summary>What is written to disk. It holds private keys.</summary>
    public SignerRecord ToRecord() => new()
    {
        Certificates = string.Join('\n', Chain.Append(Root).Select(certificate => certificate.ExportCertificatePem())),
        Key = KeyPem(_issuer),
        RootKey = _rootWithKey is null ? null : KeyPem(_rootWithKey),
        Since = Since,
    };

    /// <summary>The root's subject and end; nothing secret.</summary>
    public override string ToString() => $"{Root.Subject}, until {Root.NotAfter.ToUniversalTime():u}";

    private static Signer WithNewIntermediate(X509Certificate2 root, CertificateAuthorityOptions options, DateTimeOffset now, DateTimeOffset since)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = AuthorityRequest("intermediate", key, options.TrustDomain, pathLength: 0);
        var end = now + options.IntermediateLifetime;
        using var signed = Sign(request, root, now - options.ClockSkew, end < root.NotAfter ? end : root.NotAfter);
        var issuer = signed.CopyWithPrivateKey(key);
        return new Signer(issuer, [issuer], root, root, since);
    }

    private static CertificateRequest AuthorityRequest(string role, ECDsa key, string trustDomain, int pathLength)
    {
        // The key is in the name: two authorities of one name would be mistaken for each other while a chain is built.
        string name = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 6));
        var request = new CertificateRequest($"O={trustDomain}, CN=MeshLab {role} {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(Name($"spiffe://{trustDomain}", critical: false));   // an authority's identity has no path (X.509-SVID §3.2)
        return request;
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        if (!request.CertificateExtensions.OfType<X509SubjectKeyIdentifierExtension>().Any())
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var ecdsa = issuer.GetECDsaPrivateKey();
        using var rsa = issuer.GetRSAPrivateKey();
        var generator = ecdsa is not null ? X509SignatureGenerator.CreateForECDsa(ecdsa) : X509SignatureGenerator.CreateForRSA(rsa!, RSASignaturePadding.Pkcs1);
        return request.Create(issuer.SubjectName, generator, notBefore, notAfter, SerialNumber());
    }

    /// <summary>126 random bits, positive and of the same length always (RFC 5280 §4.1.2.2).</summary>
    private static byte[] SerialNumber()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)(serial[0] & 0x7F | 0x40);
        return serial;
    }

    /// <summary>A subject alternative name of one URI.</summary>
    private static X509Extension Name(string uri, bool critical)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence()) names.WriteCharacterString(UniversalTagNumber.IA5String, uri, UriTag);
        return new X509Extension("2.5.29.17", names.Encode(), critical);
    }

    private static string KeyPem(X509Certificate2 certificate)
    {
        using var ecdsa = certificate.GetECDsaPrivateKey();
        using var rsa = certificate.GetRSAPrivateKey();
        return ecdsa?.ExportPkcs8PrivateKeyPem() ?? rsa!.ExportPkcs8PrivateKeyPem();
    }
}
