using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Security.Tls;

/// <summary>
/// Mutual TLS between sidecars: the options of one handshake, from what the sidecar holds at that moment. So a renewed certificate is used by the next handshake,
/// and connections that are there go on. TLS 1.2 or later; cipher suites are the platform's. Sessions are not resumed: every handshake proves both ends anew, and a resumed one
/// would bring the peer's certificate without its intermediates (OpenSSL keeps only the leaf), which leads to no root.
/// </summary>
internal static class MutualTls
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>The server's side of one handshake. Application protocols are left to the listener (Kestrel fills them in).</summary>
    /// <param name="identity">Who this sidecar is.</param>
    /// <param name="judged">Told what verification says of the client, before the handshake ends.</param>
    /// <exception cref="PeerRefusedException">There is no certificate yet.</exception>
    public static SslServerAuthenticationOptions ServerOptions(WorkloadIdentity identity, Action<PeerVerdict>? judged = null)
    {
        var held = Held(identity);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = held.Certificate.Context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateChainPolicy = PeerVerifier.ChainPolicy(held.Trust, identity.Time.GetUtcNow()),
            RemoteCertificateValidationCallback = Judge(isServer: false, held.Trust.TrustDomain, null, judged),
        };
    }

    /// <summary>The client's side of one handshake.</summary>
    /// <param name="identity">Who this sidecar is.</param>
    /// <param name="expected">Who the server may be: the identities of the endpoint that was picked.</param>
    /// <param name="host">The name that is sent in clear (SNI); it proves nothing. An IP address is not sent.</param>
    /// <param name="protocols">Application protocols (ALPN), the best first. Default: none.</param>
    /// <param name="judged">Told what verification says of the server, before the handshake ends.</param>
    /// <exception cref="PeerRefusedException">There is no certificate yet.</exception>
    public static SslClientAuthenticationOptions ClientOptions(
        WorkloadIdentity identity, IReadOnlyCollection<SpiffeId> expected, string host, IReadOnlyList<SslApplicationProtocol>? protocols = null, Action<PeerVerdict>? judged = null)
    {
        var held = Held(identity);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = held.Certificate.Context,
            EnabledSslProtocols = Protocols,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            ApplicationProtocols = protocols is null ? null : [.. protocols],
            CertificateChainPolicy = PeerVerifier.ChainPolicy(held.Trust, identity.Time.GetUtcNow()),
            RemoteCertificateValidationCallback = Judge(isServer: true, held.Trust.TrustDomain, expected, judged),
        };
    }

    /// <summary>
    /// Puts mutual TLS on a connection that was just made. A <see cref="SocketsHttpHandler.ConnectCallback"/> that returns this stream for an <c>https</c> request has the handler use it
    /// as it is, with the protocol that was agreed on: unlike the handler's own TLS, every new connection then has the certificate of its moment.
    /// </summary>
    /// <param name="connection">The connection; it is closed when the handshake fails.</param>
    /// <param name="identity">Who this sidecar is.</param>
    /// <param name="expected">Who the server may be.</param>
    /// <param name="host">The name sent in clear.</param>
    /// <param name="protocols">Application protocols, the best first; <see cref="ProtocolsFor"/> says which a request wants.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PeerRefusedException">The server is not who it has to be.</exception>
    /// <exception cref="AuthenticationException">The handshake failed otherwise.</exception>
    public static async ValueTask<SslStream> ConnectAsync(
        Stream connection, WorkloadIdentity identity, IReadOnlyCollection<SpiffeId> expected, string host, IReadOnlyList<SslApplicationProtocol>? protocols, CancellationToken cancellation)
    {
        var verdict = default(PeerVerdict);
        var tls = new SslStream(connection, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(ClientOptions(identity, expected, host, protocols, judged => verdict = judged), cancellation).ConfigureAwait(false);
            return tls;
        }
        catch (Exception e)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            if (e is AuthenticationException && verdict.Refusal != TlsRefusal.None) throw new PeerRefusedException(verdict, e);
            throw;
        }
    }

    /// <summary>The application protocols that a request may be sent with, as <see cref="SocketsHttpHandler"/> chooses them.</summary>
    public static IReadOnlyList<SslApplicationProtocol> ProtocolsFor(HttpRequestMessage request) => (request.Version.Major, request.VersionPolicy) switch
    {
        ( >= 2, not HttpVersionPolicy.RequestVersionOrLower) => [SslApplicationProtocol.Http2],
        ( >= 2, _) or (_, HttpVersionPolicy.RequestVersionOrHigher) => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        _ => [SslApplicationProtocol.Http11],
    };

    private static HeldIdentity Held(WorkloadIdentity identity) =>
        identity.Held ?? throw new PeerRefusedException(PeerVerdict.Refused(TlsRefusal.NotReady, "this sidecar has no certificate yet."), null);

    /// <summary>The platform has built the chain; whether names match is not asked, for identities are not host names.</summary>
    private static RemoteCertificateValidationCallback Judge(bool isServer, string trustDomain, IReadOnlyCollection<SpiffeId>? expected, Action<PeerVerdict>? judged) =>
        (_, certificate, chain, _) =>
        {
            var verdict = PeerVerifier.Judge(certificate as X509Certificate2, chain, isServer, trustDomain, expected);
            judged?.Invoke(verdict);
            return verdict.Peer is not null;
        };
}

/// <summary>A connection was refused before any byte of it was used.</summary>
internal sealed class PeerRefusedException(PeerVerdict verdict, Exception? inner) : AuthenticationException(verdict.Detail, inner)
{
    /// <summary>Why.</summary>
    public TlsRefusal Refusal { get; } = verdict.Refusal;
}
