using System.Diagnostics;
using System.Security.Cryptography;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Tests.Security.Identities;

namespace Mesh.Runtime.Tests.Security.Tls;

/// <summary>The same handshakes with a peer that is not .NET.</summary>
public sealed class OpenSslTests : IDisposable
{
    private static readonly bool IsInstalled = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "openssl")));
    private readonly string _folder = Directory.CreateTempSubdirectory("meshlab-tls-").FullName;
    private readonly CertificateAuthority _authority = CertificateAuthority.New(new(), TimeProvider.System);

    public OpenSslTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = _authority.Issue(TestAuthority.Id("shop"), TestAuthority.Request(key));
        string[] chain = [.. issued.Chain.Select(der => PemEncoding.WriteString("CERTIFICATE", der.Span))];
        File.WriteAllText(Kept("leaf.pem"), chain[0]);
        File.WriteAllText(Kept("chain.pem"), string.Join('\n', chain[1..]));
        File.WriteAllText(Kept("key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Kept("bundle.pem"), issued.Trust.ToPem());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData("-tls1_3", "TLSv1.3")]
    [InlineData("-tls1_2", "TLSv1.2")]
    public async Task OpenSSL_verifies_the_chain_and_is_known(string version, string protocol)
    {
        Skip.IfNot(IsInstalled, "openssl is not installed");
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        string output = await ClientAsync(listener, version, "-verify_return_error", "-cert", Kept("leaf.pem"), "-cert_chain", Kept("chain.pem"), "-key", Kept("key.pem"));
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        Assert.Contains(protocol, output, StringComparison.Ordinal);
        Assert.Contains($"{TestAuthority.Id("shop")} by HTTP/1.1 over https", output, StringComparison.Ordinal);
        Assert.Empty(listener.Refused);
    }

    [SkippableFact]
    public async Task TLS_1_1_is_refused()
    {
        Skip.IfNot(IsInstalled, "openssl is not installed");
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        await ClientAsync(listener, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-cert", Kept("leaf.pem"), "-cert_chain", Kept("chain.pem"), "-key", Kept("key.pem"));
        Assert.Equal(TlsRefusal.OldProtocol, listener.Refusal().Why);
        Assert.Equal(0, listener.Requests);
    }

    [SkippableFact]
    public async Task OpenSSL_without_a_certificate_is_refused()
    {
        Skip.IfNot(IsInstalled, "openssl is not installed");
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        await ClientAsync(listener, "-tls1_3");
        Assert.Equal(TlsRefusal.NoCertificate, listener.Refusal().Why);
        Assert.Equal(0, listener.Requests);
    }

    private string Kept(string name) => Path.Combine(_folder, name);

    /// <summary>Runs <c>openssl s_client</c> with a request as its input.</summary>
    private async Task<string> ClientAsync(TlsListener listener, params string[] options)
    {
        var start = new ProcessStartInfo("openssl", ["s_client", "-connect", $"127.0.0.1:{listener.Port}", "-CAfile", Kept("bundle.pem"), "-ign_eof", .. options])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.StandardInput.WriteAsync("GET / HTTP/1.1\r\nhost: cart\r\nconnection: close\r\n\r\n");
            await process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended already.
        }
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return await output + await error;
    }
}
