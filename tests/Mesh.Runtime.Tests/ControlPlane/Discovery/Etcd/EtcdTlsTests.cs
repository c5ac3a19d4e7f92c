using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

/// <summary>Against the real etcd, which wants a certificate of its clients.</summary>
public sealed class EtcdTlsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task With_TLS_both_sides_show_certificates()
    {
        WriteCertificates();
        using var etcd = new EtcdServer("https", "--cert-file", _folder.File("server.pem"), "--key-file", _folder.File("server.key"), "--client-cert-auth", "--trusted-ca-file", _folder.File("ca.pem"));
        await etcd.StartAsync();
        var full = new EtcdTls { AuthorityFile = _folder.File("ca.pem"), CertificateFile = _folder.File("client.pem"), KeyFile = _folder.File("client.key") };
        Observations good = new(), anonymous = new(), distrustful = new();
        await using var right = EtcdProviderTests.Start(etcd, good, etcd.Options with { Tls = full });
        await using var registration = new EtcdRegistration(etcd.Options with { Tls = full }, "cart", "one", new ObservedEndpoint { Address = new("10.0.0.1", 80) }, TimeSpan.FromSeconds(5), TimeProvider.System, new KeyedRandom(2));
        registration.Start();
        await good.Until("cart", "10.0.0.1:80");

        await using var unnamed = EtcdProviderTests.Start(etcd, anonymous, etcd.Options with { Tls = full with { CertificateFile = null, KeyFile = null } });
        await using var system = EtcdProviderTests.Start(etcd, distrustful, etcd.Options);
        await anonymous.Until(ProviderState.Failed);
        await distrustful.Until(ProviderState.Failed);
        Assert.Contains("certificate", system.Status.Reason);
        Assert.Equal((null, null), (anonymous.Find("cart"), distrustful.Find("cart")));
    }

    private void WriteCertificates()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(_folder.File("ca.pem"), authority.ExportCertificatePem());
        foreach (string name in (string[])["server", "client"])
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var leaf = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            leaf.CertificateExtensions.Add(names.Build());
            leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
            using var certificate = leaf.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddMinutes(30), [1, 2, (byte)name.Length]);
            File.WriteAllText(_folder.File($"{name}.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(_folder.File($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        }
    }
}
