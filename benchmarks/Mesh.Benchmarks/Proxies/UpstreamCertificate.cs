using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The mesh's authority in a folder, which the sidecar under test opens too, and the certificate of the server behind it.</summary>
internal static class UpstreamCertificate
{
    public const string Identity = "spiffe://cluster.local/ns/default/sa/server";

    public static CertificateAuthority Authority(string folder) => CertificateAuthority.Open(folder, new CertificateAuthorityOptions(), TimeProvider.System);

    /// <summary>Writes <c>server.pem</c>, <c>server.key</c> and <c>roots.pem</c> for nginx.</summary>
    public static void Write(string folder)
    {
        var authority = Authority(Path.Combine(folder, "authority"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = authority.Issue(SpiffeId.Parse(Identity), new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256).CreateSigningRequest());
        File.WriteAllText(Path.Combine(folder, "server.pem"), string.Join('\n', issued.Chain.Select(one => PemEncoding.WriteString("CERTIFICATE", one.Span))) + "\n");
        File.WriteAllText(Path.Combine(folder, "server.key"), key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.Combine(folder, "roots.pem"), issued.Trust.ToPem());
    }
}
