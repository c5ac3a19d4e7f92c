using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>The way to the control plane: plain text on this machine, TLS to any other.</summary>
public sealed class ControlPlaneWay
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private readonly TrustBundle? _trust;
    private readonly TimeProvider _time;

    /// <summary>A way.</summary>
    /// <param name="address">Where the control plane listens for proxies.</param>
    /// <param name="trust">The roots by which it proves itself; <c>null</c> speaks plain text.</param>
    /// <param name="time">The clock of certificates.</param>
    /// <exception cref="ArgumentException">Plain text would leave the machine.</exception>
    public ControlPlaneWay(EndpointAddress address, TrustBundle? trust, TimeProvider time)
    {
        bool isLocal = address.Host == "localhost" || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
        if (trust is null && !isLocal) throw new ArgumentException($"the control plane at {address} is not on this machine, and plain text does not leave it; give the bundle of roots by which the control plane proves itself.", nameof(address));
        (Address, _trust, _time) = (address, trust, time);
    }

    /// <summary>Where the control plane listens.</summary>
    public EndpointAddress Address { get; }

    /// <summary>Whether it is TLS.</summary>
    public bool IsSecure => _trust is not null;

    /// <summary>Who the sidecar is; set once it has an identity, whose certificate is shown from the next connection on. Without one it comes as nobody, which is enough to ask for a certificate.</summary>
    public WorkloadIdentity? Identity { get; set; }

    /// <summary>A channel with connections of its own.</summary>
    internal GrpcChannel Open()
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = ConnectTimeout, ConnectCallback = ConnectAsync };
        return GrpcChannel.ForAddress($"{(IsSecure ? "https" : "http")}://{Address}", new GrpcChannelOptions
        {
            HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = TransportLimits.ToProxyBytes + 1024, MaxSendMessageSize = TransportLimits.FromProxyBytes,
        });
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            if (_trust is null) return stream;
            SpiffeId[] expected = [ControlPlaneIdentity.In(_trust.TrustDomain)];
            return Identity is { Current: not null } identity
                ? await MutualTls.ConnectAsync(stream, identity, expected, Address.Host, [SslApplicationProtocol.Http2], cancellation).ConfigureAwait(false)
                : await AnonymousAsync(stream, expected, cancellation).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>TLS in which only the control plane proves who it is.</summary>
    private async Task<Stream> AnonymousAsync(Stream stream, SpiffeId[] expected, CancellationToken cancellation)
    {
        var verdict = default(PeerVerdict);
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = Address.Host,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                CertificateChainPolicy = PeerVerifier.ChainPolicy(_trust!, _time.GetUtcNow()),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    (verdict = PeerVerifier.Judge(certificate as X509Certificate2, chain, isServer: true, _trust!.TrustDomain, expected)).Peer is not null,
            }, cancellation).ConfigureAwait(false);
            return tls;
        }
        catch (AuthenticationException) when (verdict.Refusal != TlsRefusal.None)
        {
            throw new PeerRefusedException(verdict, null);
        }
    }
}
