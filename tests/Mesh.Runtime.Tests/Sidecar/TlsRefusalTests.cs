using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Security.Identities;
using Mesh.Runtime.Tests.Security.Tls;
using Mesh.Runtime.Tests.Telemetry.Metrics;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Who is refused before a request is read: a line in the access log, a count in the metrics, and nothing forwarded.</summary>
public class TlsRefusalTests
{
    /// <summary>A hello of TLS 1.0: one cipher suite, no extension.</summary>
    private static readonly byte[] OldHello = [22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1, .. new byte[32], 0, 0, 2, 0, 47, 1, 0];

    [Theory]
    [InlineData("nothing", "tls_refused{NoCertificate}", "no_certificate")]
    [InlineData("other authority", "tls_refused{Untrusted}", "untrusted")]
    [InlineData("self-signed", "tls_refused{Untrusted}", "untrusted")]
    [InlineData("expired", "tls_refused{Expired}", "expired")]
    [InlineData("other trust domain", "tls_refused{OtherTrustDomain}", "other_trust_domain")]
    [InlineData("two identities", "tls_refused{NoIdentity}", "no_identity")]
    [InlineData("plain text", "filter_chain_not_found", "plain_text")]
    [InlineData("TLS 1.0", "tls_refused{OldProtocol}", "old_protocol")]
    public async Task A_refused_connection_is_logged_with_its_reason_and_nothing_is_forwarded(string kind, string words, string reason)
    {
        int calls = 0;
        string log = Path.GetTempFileName();
        var root = new TestRoot(DateTimeOffset.UtcNow.AddDays(-10));
        await using var identity = await CertificateAuthority.FromPem(root.Pem, root.KeyPem, new(), TimeProvider.System).IdentityAsync("api");
        await using (var mesh = new LiveMesh(
            new MeshConfig { Defaults = new PolicyConfig { Mtls = MutualTlsMode.Strict } },
            telemetry: new TelemetryConfig { AccessLogs = [new AccessLogConfig { Sink = new LogFileConfig { Path = log } }] }) { Identify = _ => identity })
        {
            var api = await mesh.AddServiceAsync("api", _ =>
            {
                Interlocked.Increment(ref calls);
                return Task.CompletedTask;
            });
            mesh.Push();
            await TryAsync(root, kind, api.InboundAddress!);
            var scrape = await ScrapeAsync(mesh.Node.Telemetry);
            Assert.Equal(1, scrape.Value("meshlab_tls_refused_total", ("proxy", "api-0"), ("side", "inbound"), ("reason", reason)));
            Assert.DoesNotContain("istio_requests_total{", scrape.Text, StringComparison.Ordinal);
            Assert.Empty(mesh.Log);
        }
        Assert.Equal(0, calls);
        string line = Assert.Single(await File.ReadAllLinesAsync(log));
        Assert.Contains($"\"- - -\" 0 {(kind == "plain text" ? "NR" : "-")} - {words} ", line, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:", line, StringComparison.Ordinal);
        File.Delete(log);
    }

    [Fact]
    public async Task A_server_that_is_somebody_else_is_counted_at_the_caller()
    {
        var authority = CertificateAuthority.New(new CertificateAuthorityOptions(), TimeProvider.System);
        await using WorkloadIdentity impostor = await authority.IdentityAsync("impostor"), ingress = await authority.IdentityAsync("ingress");
        await using var mesh = new LiveMesh { Identify = config => config.Service == "api" ? impostor : ingress, IdentityOf = service => $"spiffe://cluster.local/ns/default/sa/{service}" };
        await mesh.AddServiceAsync("api", _ => Task.CompletedTask);
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(1, (await ScrapeAsync(mesh.Node.Telemetry)).Value("meshlab_tls_refused_total", ("proxy", "ingress"), ("side", "outbound"), ("reason", "unexpected_identity")));
    }

    [Fact]
    public async Task Renewals_of_a_sidecar_s_certificate_are_counted()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var authority = CertificateAuthority.New(new CertificateAuthorityOptions(), time);
        await using var identity = await authority.IdentityAsync("api", time);
        await using var mesh = new LiveMesh { Identify = _ => identity };
        await mesh.AddServiceAsync("api", _ => Task.CompletedTask);
        string first = identity.Current!.Serial;
        await LiveMesh.Until(() =>
        {
            time.Advance(TimeSpan.FromMinutes(20));
            return identity.Current.Serial != first;
        });
        Assert.InRange((await ScrapeAsync(mesh.Node.Telemetry, "meshlab_identity_renewals_total")).Value("meshlab_identity_renewals_total", ("proxy", "api-0"), ("result", "ok")), 1, 100);
    }

    /// <summary>What is told, once it is.</summary>
    private static async Task<Scrape> ScrapeAsync(LiveTelemetry telemetry, string metric = "meshlab_tls_refused_total")
    {
        for (int i = 0; i < 500; i++)
        {
            var scrape = await Scrape.OfAsync(telemetry);
            if (scrape.Text.Contains(metric + "{", StringComparison.Ordinal)) return scrape;
            await Task.Delay(20);
        }
        throw new TimeoutException($"{metric} was not told");
    }

    private static async Task TryAsync(TestRoot root, string kind, IPEndPoint address)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address);
        var stream = socket.GetStream();
        if (kind == "plain text") await stream.WriteAsync("GET / HTTP/1.1\r\nHost: api\r\n\r\n"u8.ToArray());
        else if (kind == "TLS 1.0") await stream.WriteAsync(OldHello);
        else
        {
            using var certificate = root.Certificate(kind);
            await AskAsync(stream, certificate);
            return;
        }
        for (int read; (read = await Sockets.ReadAsync(stream)) > 0;) Assert.InRange(read, 1, 7);   // an alert at most
    }

    private static async Task AskAsync(NetworkStream stream, X509Certificate2? certificate)
    {
        await using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "api",
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            await tls.WriteAsync("GET / HTTP/1.1\r\nHost: api\r\n\r\n"u8.ToArray());
            Assert.Equal(0, await Sockets.ReadAsync(tls));
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            // refused during the handshake, or right after it
        }
    }
}
