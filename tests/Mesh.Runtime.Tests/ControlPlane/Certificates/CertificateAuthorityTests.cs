using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CsCheck;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Tests.Security.Identities;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.ControlPlane.Certificates;

public class CertificateAuthorityTests
{
    private static readonly CertificateAuthorityOptions Options = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CertificateAuthority _authority;

    public CertificateAuthorityTests() => _authority = CertificateAuthority.New(Options, _time);

    private DateTimeOffset Now => _time.GetUtcNow();

    [Fact]
    public void Certificate_has_one_identity_and_nothing_that_was_asked_for()
    {
        byte[] greedy = TestAuthority.Request(also: request =>
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddUri(new Uri("spiffe://cluster.local/ns/kube-system/sa/admin"));
            names.AddDnsName("bank.example");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        });
        var issued = _authority.Issue(TestAuthority.Id("shop"), greedy);
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Chain[0].Span);

        Assert.Equal("", leaf.Subject);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));
        var names = leaf.Extensions.Single(extension => extension.Oid!.Value == "2.5.29.17");
        Assert.True(names.Critical);
        var reader = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
        Assert.Equal("spiffe://cluster.local/ns/default/sa/shop", reader.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6)));
        Assert.False(reader.HasData);
    }

    [Fact]
    public void Certificate_lives_a_day_and_began_two_minutes_ago()
    {
        var certificate = _authority.Certificate(TestAuthority.Id("shop"), Now);
        Assert.Equal((Now - TimeSpan.FromMinutes(2), Now + TimeSpan.FromHours(24)), (certificate.NotBefore, certificate.NotAfter));
    }

    [Fact]
    public void Serial_numbers_are_long_and_never_the_same()
    {
        byte[] request = TestAuthority.Request();
        var serials = Enumerable.Range(0, 50).Select(_ => Serial(_authority.Issue(TestAuthority.Id("shop"), request))).ToHashSet();
        Assert.Equal(50, serials.Count);
        Assert.All(serials, serial => Assert.Equal(32, serial.Length));
    }

    [Fact]
    public void Intermediate_signs_and_is_replaced_at_half_of_its_life_without_a_change_of_trust()
    {
        var (trust, first) = (_authority.Trust, Intermediate());
        Assert.Equal(first, Intermediate());
        _time.Advance(Options.IntermediateLifetime / 2 + TimeSpan.FromDays(1));
        Assert.NotEqual(first, Intermediate());
        Assert.Equal(trust, _authority.Trust);
        Assert.NotNull(_authority.Certificate(TestAuthority.Id("shop"), Now));   // verified against the bundle

        string Intermediate() => Convert.ToHexString(_authority.Issue(TestAuthority.Id("shop"), TestAuthority.Request()).Chain[1].Span);
    }

    [Fact]
    public void No_certificate_outlives_the_authority_and_an_expired_one_signs_nothing()
    {
        var (certificates, key) = TestAuthority.Foreign(Now);
        var authority = CertificateAuthority.FromPem(certificates, key, Options, _time);
        _time.Advance(TimeSpan.FromDays(50) - TimeSpan.FromHours(3));
        Assert.Equal(authority.Expires, authority.Certificate(TestAuthority.Id("shop"), Now).NotAfter);
        _time.Advance(TimeSpan.FromHours(4));
        var refused = Assert.Throws<IdentityException>(() => authority.Issue(TestAuthority.Id("shop"), TestAuthority.Request()));
        Assert.Contains("expired at 2026-", refused.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadRequests => new()
    {
        { "empty", "does not read" },
        { "truncated", "does not read" },
        { "trailing", "bytes after its end" },
        { "forged", "does not read, or is not signed by the key in it" },
        { "rsa1024", "RSA of 1024 bits" },
        { "huge", "the most is 16384" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void Bad_request_is_refused_with_the_rule(string kind, string rule)
    {
        byte[] good = TestAuthority.Request();
        using var weak = RSA.Create(1024);
        byte[] forged = [.. good];
        forged[^1] ^= 1;
        byte[] bad = kind switch
        {
            "empty" => [],
            "truncated" => good[..^1],
            "trailing" => [.. good, 0],
            "rsa1024" => TestAuthority.Request(weak),
            "huge" => new byte[100_000],
            _ => forged,
        };
        var refused = Assert.Throws<IdentityException>(() => _authority.Issue(TestAuthority.Id("shop"), bad));
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Request_of_another_trust_domain_is_refused() =>
        Assert.Throws<IdentityException>(() => _authority.Issue(TestAuthority.Id("shop", "other.example"), TestAuthority.Request()));

    /// <summary>Whatever is sent, the answer is a certificate for the identity or a refusal of ours, and never a certificate of another key.</summary>
    [Fact]
    public void Damaged_requests_are_refused_or_signed_for_the_key_in_them()
    {
        byte[] good = TestAuthority.Request();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, 3], Gen.Byte.Array[0, 40]).Sample((at, value, kind, noise) =>
        {
            byte[] sent = kind switch
            {
                0 => [.. good[..at], value, .. good[(at + 1)..]],
                1 => good[..at],
                2 => [.. good[..at], .. noise, .. good[at..]],
                _ => noise,
            };
            try
            {
                using var leaf = X509CertificateLoader.LoadCertificate(_authority.Issue(TestAuthority.Id("shop"), sent).Chain[0].Span);
                using var key = leaf.GetECDsaPublicKey()!;
                var request = CertificateRequest.LoadSigningRequest(sent, HashAlgorithmName.SHA256, out _);
                Assert.Equal(request.PublicKey.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
            }
            catch (IdentityException)
            {
            }
        }, iter: 3_000);
    }

    [Fact]
    public void Existing_authority_signs_from_PEM_and_its_root_is_the_trust()
    {
        var (certificates, key) = TestAuthority.Foreign(Now);
        var authority = CertificateAuthority.FromPem(certificates, key, Options, _time);
        Assert.Equal(TestAuthority.Id("shop"), authority.Certificate(TestAuthority.Id("shop"), Now).Id);
        Assert.Equal("CN=corporate root", authority.Trust.Roots.Single().Subject);
    }

    [Fact]
    public void Existing_authority_that_cannot_sign_is_refused_with_all_problems_and_no_key()
    {
        var (certificates, key) = TestAuthority.Foreign(Now, issuer => issuer.CertificateExtensions.Clear());
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string otherKey = other.ExportPkcs8PrivateKeyPem();
        _time.Advance(TimeSpan.FromDays(60));
        string message = Assert.Throws<IdentityException>(() => CertificateAuthority.FromPem(certificates, otherKey, Options, _time)).Message;
        Assert.Contains("'CN=mesh issuer' may not sign others; it needs basic constraints CA:TRUE.", message, StringComparison.Ordinal);
        Assert.Contains("'CN=mesh issuer' expired at", message, StringComparison.Ordinal);
        Assert.Contains("the signing key does not read, or is not that of 'CN=mesh issuer'", message, StringComparison.Ordinal);
        Assert.DoesNotContain(otherKey.Split('\n')[1], message, StringComparison.Ordinal);

        string rootless = certificates[..certificates.IndexOf("-----END", StringComparison.Ordinal)] + "-----END CERTIFICATE-----";
        Assert.Contains("is no root: it is signed by 'CN=corporate root'", Assert.Throws<IdentityException>(() => CertificateAuthority.FromPem(rootless, key, Options, _time)).Message, StringComparison.Ordinal);
        Assert.Contains("there is none", Assert.Throws<IdentityException>(() => CertificateAuthority.FromPem("", key, Options, _time)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_is_replaced_in_three_steps_with_time_for_everybody_between_them()
    {
        var old = _authority.Certificate(TestAuthority.Id("shop"), Now);
        var oldTrust = _authority.Trust;
        Assert.Equal(RootRolloverStep.None, _authority.Rollover.Step);
        Assert.Throws<InvalidOperationException>(() => _authority.ActivateRoot());
        Assert.Throws<InvalidOperationException>(() => _authority.RetireRoot());

        _authority.PrepareRoot();
        Assert.Equal(2, _authority.Trust.Count);
        Assert.Equal(PeerVerdict.Accepted(old.Id), Verify(_authority.Certificate(TestAuthority.Id("cart"), Now), oldTrust) with { Peer = old.Id });   // still under the old root
        Assert.Equal(Now + Options.Lifetime, _authority.Rollover.NextStepAt);
        Assert.Throws<InvalidOperationException>(() => _authority.ActivateRoot());
        Assert.Throws<InvalidOperationException>(_authority.PrepareRoot);

        _time.Advance(Options.Lifetime);
        old = _authority.Certificate(TestAuthority.Id("shop"), Now);
        _authority.ActivateRoot();
        var renewed = _authority.Certificate(TestAuthority.Id("cart"), Now);
        Assert.Equal(TlsRefusal.Untrusted, Verify(renewed, oldTrust).Refusal);
        Assert.Equal(TlsRefusal.None, Verify(renewed, _authority.Trust).Refusal);
        Assert.Equal(TlsRefusal.None, Verify(old, _authority.Trust).Refusal);
        Assert.Throws<InvalidOperationException>(() => _authority.RetireRoot());

        _time.Advance(Options.Lifetime);
        _authority.RetireRoot();
        Assert.Equal(1, _authority.Trust.Count);
        Assert.Equal(TlsRefusal.Untrusted, Verify(old, _authority.Trust).Refusal);
        Assert.Equal(RootRolloverStep.None, _authority.Rollover.Step);
    }

    private PeerVerdict Verify(WorkloadCertificate certificate, TrustBundle trust)
    {
        var chain = new X509Certificate2Collection(certificate.Context.IntermediateCertificates.ToArray());
        return PeerVerifier.Verify(certificate.Certificate, chain, trust, Now);
    }

    private static string Serial(IssuedIdentity issued)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Chain[0].Span);
        return leaf.SerialNumber;
    }
}
