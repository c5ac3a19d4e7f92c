using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Security.Tls;

/// <summary>
/// Whether a peer is who it has to be: a chain to a root of the trust bundle in its time, the right usage, exactly one SPIFFE identity of the trust domain
/// (the rules of the X.509-SVID standard), and, where it matters, one of the identities expected. Host names play no part.
/// </summary>
internal static class PeerVerifier
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>How the platform has to build a peer's chain: only our roots, nothing downloaded, at our time. One for each handshake: it collects what the peer sends.</summary>
    public static X509ChainPolicy ChainPolicy(TrustBundle trust, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,   // short lives stand in for revocation
            DisableCertificateDownloads = true,
            VerificationTime = now.UtcDateTime,
        };
        foreach (var root in trust.Roots) policy.CustomTrustStore.Add(root);
        return policy;
    }

    /// <summary>Verifies a certificate outside of a handshake, for both ends of a connection.</summary>
    public static PeerVerdict Verify(X509Certificate2 certificate, X509Certificate2Collection sent, TrustBundle trust, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = ChainPolicy(trust, now) };
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.Build(certificate);
        var verdict = Judge(certificate, chain, isServer: true, trust.TrustDomain, expected: null);
        return verdict.Peer is null ? verdict : Judge(certificate, chain, isServer: false, trust.TrustDomain, expected: null);
    }

    /// <summary>Judges what a peer has shown.</summary>
    /// <param name="certificate">Its certificate, or <c>null</c>.</param>
    /// <param name="chain">Its chain, built under <see cref="ChainPolicy"/>.</param>
    /// <param name="isServer">Whether the peer is the server of the connection.</param>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="expected">Who it may be; <c>null</c> for anybody of the trust domain.</param>
    public static PeerVerdict Judge(X509Certificate2? certificate, X509Chain? chain, bool isServer, string trustDomain, IReadOnlyCollection<SpiffeId>? expected)
    {
        if (certificate is null || chain is null) return PeerVerdict.Refused(TlsRefusal.NoCertificate, "the peer showed no certificate.");
        if (ProblemOfChain(chain) is { } refused) return refused;
        if (ProblemOfUsage(certificate, isServer ? ServerUsage : ClientUsage) is { } usage) return PeerVerdict.Refused(TlsRefusal.WrongUsage, usage);
        if (!TryGetIdentity(certificate, out var id, out string problem)) return PeerVerdict.Refused(TlsRefusal.NoIdentity, problem);
        if (id.TrustDomain != trustDomain) return PeerVerdict.Refused(TlsRefusal.OtherTrustDomain, $"the peer is {id}, which is not of the trust domain '{trustDomain}'.");
        return expected is null || expected.Contains(id) ? PeerVerdict.Accepted(id)
            : PeerVerdict.Refused(TlsRefusal.UnexpectedIdentity, $"the peer is {id}, but {string.Join(" or ", expected.Take(3))} was expected.");
    }

    private static PeerVerdict? ProblemOfChain(X509Chain chain)
    {
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if (status == X509ChainStatusFlags.NoError) return null;
        if (status == X509ChainStatusFlags.NotValidForUsage) return PeerVerdict.Refused(TlsRefusal.WrongUsage, "a certificate of the peer is not for this end of a TLS connection.");
        if (status != X509ChainStatusFlags.NotTimeValid) return PeerVerdict.Refused(TlsRefusal.Untrusted, $"the peer's certificate does not lead to a trusted root ({status}).");
        var now = chain.ChainPolicy.VerificationTime.ToUniversalTime();
        foreach (var element in chain.ChainElements)
        {
            if (element.Certificate.NotBefore.ToUniversalTime() > now)
                return PeerVerdict.Refused(TlsRefusal.NotYetValid, $"a certificate of the peer begins to hold at {element.Certificate.NotBefore.ToUniversalTime():u}; does a clock go wrong?");
        }
        return PeerVerdict.Refused(TlsRefusal.Expired, $"a certificate of the peer expired at {chain.ChainElements.Min(element => element.Certificate.NotAfter.ToUniversalTime()):u}.");
    }

    private static string? ProblemOfUsage(X509Certificate2 certificate, string usage)
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)) return "the peer shows an authority's certificate as its own.";
        if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } keyUsage || !keyUsage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            return "the peer's certificate is not for digital signatures.";
        bool fits = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(extension => extension.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == usage));
        return fits ? null : $"the peer's certificate is not for TLS {(usage == ServerUsage ? "servers" : "clients")}.";
    }

    private static bool TryGetIdentity(X509Certificate2 certificate, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SpiffeId? id, out string problem)
    {
        id = null;
        if (!TryGetUris(certificate, out var uris)) problem = "the peer's certificate has alternative names that do not read.";
        else if (uris.Count != 1) problem = $"the peer's certificate has {uris.Count} URIs; it needs exactly one, its SPIFFE identity.";
        else if (SpiffeId.TryParse(uris[0], out id, out string? wrong)) problem = "";
        else problem = $"the peer's certificate: {wrong}";
        return id is not null;
    }

    private static bool TryGetUris(X509Certificate2 certificate, out List<string> uris)
    {
        uris = [];
        try
        {
            foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName))
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    if (names.PeekTag().HasSameClassAndValue(UriTag)) uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                    else names.ReadEncodedValue();
                }
            }
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
