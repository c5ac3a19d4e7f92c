using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Tests.Security.Identities;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.ControlPlane.Certificates;

[UnsupportedOSPlatform("windows")]
public sealed class AuthorityFolderTests : IDisposable
{
    private static readonly CertificateAuthorityOptions Options = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly string _parent = Directory.CreateTempSubdirectory("meshlab-ca-").FullName;

    private string Folder => Path.Combine(_parent, "ca");

    private string Keys => Path.Combine(Folder, "authority.json");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Keys_are_closed_to_others_from_the_start()
    {
        CertificateAuthority.Open(Folder, Options, _time);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.All(Directory.GetFiles(Folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Authority_is_the_same_after_a_restart_in_every_step_of_a_roll_over()
    {
        var trust = CertificateAuthority.Open(Folder, Options, _time).Trust;
        Assert.Equal(trust, Reopened().Trust);

        Reopened().PrepareRoot();
        var both = Reopened();
        Assert.Equal((2, RootRolloverStep.Prepared), (both.Trust.Count, both.Rollover.Step));
        Assert.Equal(_time.GetUtcNow() + Options.Lifetime, both.Rollover.NextStepAt);
        _time.Advance(Options.Lifetime);
        Reopened().ActivateRoot();
        Assert.Equal((2, RootRolloverStep.Activated), (Reopened().Trust.Count, Reopened().Rollover.Step));
        _time.Advance(Options.Lifetime);
        Reopened().RetireRoot();
        Assert.NotEqual(trust, Reopened().Trust);
        Assert.Equal(1, Reopened().Trust.Count);
        Assert.NotNull(Reopened().Certificate(TestAuthority.Id("shop"), _time.GetUtcNow()));

        CertificateAuthority Reopened() => CertificateAuthority.Open(Folder, Options, _time);
    }

    [Fact]
    public void Bundle_file_has_the_roots_and_no_key()
    {
        var authority = CertificateAuthority.Open(Folder, Options, _time);
        string pem = File.ReadAllText(Path.Combine(Folder, "bundle.pem"));
        Assert.Equal(authority.Trust, TrustBundle.FromPem("cluster.local", pem));
        Assert.DoesNotContain("PRIVATE", pem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_open_to_others_is_not_used()
    {
        CertificateAuthority.Open(Folder, Options, _time);
        File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Refusal().Message, StringComparison.Ordinal);
        File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | UnixFileMode.OtherExecute);
        Assert.Contains("chmod 700", Refusal().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_file_is_told_without_its_content()
    {
        CertificateAuthority.Open(Folder, Options, _time);
        string content = File.ReadAllText(Keys);
        string secret = content[(content.IndexOf("PRIVATE KEY", StringComparison.Ordinal) + 20)..][..30];
        File.WriteAllText(Keys, content.Replace("\"Active\"", "\"Actve\"", StringComparison.Ordinal));
        var refusal = Refusal();
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_of_another_trust_domain_is_refused()
    {
        CertificateAuthority.Open(Folder, Options, _time);
        var refusal = Assert.Throws<IdentityException>(() => CertificateAuthority.Open(Folder, Options with { TrustDomain = "other.example" }, _time));
        Assert.Contains("'cluster.local', not for 'other.example'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_prints_shows_a_key()
    {
        var authority = CertificateAuthority.Open(Folder, Options, _time);
        var certificate = authority.Certificate(TestAuthority.Id("shop"), _time.GetUtcNow());
        using var key = certificate.Certificate.GetECDsaPrivateKey()!;
        string own = Convert.ToBase64String(key.ExportParameters(true).D!)[..20];
        string file = File.ReadAllText(Keys);
        object[] printed = [authority, certificate, authority.Trust, certificate.Certificate, authority.Rollover, Options];
        foreach (object one in printed)
        {
            Assert.DoesNotContain("PRIVATE KEY", one.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(own, one.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(key.ExportParameters(true).D!), one.ToString(), StringComparison.OrdinalIgnoreCase);
        }
        Assert.Contains("PRIVATE KEY", file, StringComparison.Ordinal);   // it is there to be found
    }

    private IdentityException Refusal() => Assert.Throws<IdentityException>(() => CertificateAuthority.Open(Folder, Options, _time));
}
