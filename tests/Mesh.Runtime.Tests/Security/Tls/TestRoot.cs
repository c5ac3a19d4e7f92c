using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Runtime.Tests.Security.Tls;

/// <summary>A root that signs whatever a test wants, good or bad.</summary>
internal sealed class TestRoot
{
    private readonly X509Certificate2 _root;
    private readonly DateTimeOffset _began;

    public TestRoot(DateTimeOffset began)
    {
        _began = began;
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(began, began.AddDays(1000));
        KeyPem = key.ExportPkcs8PrivateKeyPem();
    }

    public string Pem => _root.ExportCertificatePem();

    public string KeyPem { get; }

    /// <summary>A certificate that is wrong in one way; <c>null</c> for "nothing".</summary>
    public X509Certificate2? Certificate(string kind)
    {
        const string shop = "spiffe://cluster.local/ns/default/sa/shop";
        var now = DateTimeOffset.UtcNow;
        var (from, to) = (now.AddHours(-1), now.AddHours(1));
        return kind switch
        {
            "nothing" => null,
            "good" => Sign(_root, from, to, [shop]),
            "self-signed" => Sign(null, from, to, [shop]),
            "other authority" => Sign(new TestRoot(_began)._root, from, to, [shop]),
            "expired" => Sign(_root, from.AddDays(-1), to.AddDays(-1), [shop]),
            "of tomorrow" => Sign(_root, from.AddDays(1), to.AddDays(1), [shop]),
            "other trust domain" => Sign(_root, from, to, ["spiffe://other.example/ns/default/sa/shop"]),
            "for servers only" => Sign(_root, from, to, [shop], usages: ["1.3.6.1.5.5.7.3.1"]),
            "for clients only" => Sign(_root, from, to, [shop], usages: ["1.3.6.1.5.5.7.3.2"]),
            "an authority" => Sign(_root, from, to, [shop], isAuthority: true),
            "no identity" => Sign(_root, from, to, []),
            "two identities" => Sign(_root, from, to, [shop, "spiffe://cluster.local/ns/default/sa/admin"]),
            _ => throw new ArgumentException(kind),
        };
    }

    private static X509Certificate2 Sign(X509Certificate2? issuer, DateTimeOffset from, DateTimeOffset to, string[] uris, string[]? usages = null, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | (isAuthority ? X509KeyUsageFlags.KeyCertSign : 0), true));
        var oids = new OidCollection();
        foreach (string usage in usages ?? ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]) oids.Add(new Oid(usage));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, false));
        if (uris.Length > 0) request.CertificateExtensions.Add(new X509Extension("2.5.29.17", Names(uris), false));
        if (issuer is null) return request.CreateSelfSigned(from, to);
        using var signed = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static byte[] Names(string[] uris)
    {
        var names = new AsnWriter(AsnEncodingRules.DER);
        using (names.PushSequence())
        {
            foreach (string uri in uris) names.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
        }
        return names.Encode();
    }
}
