using System.Net.Security;
using System.Net.Sockets;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Outbound;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>An open connection to an endpoint.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Stream">What is read and written: the socket's own stream, or TLS over it.</param>
internal sealed record TcpDial(Socket Socket, Stream Stream) : IDisposable
{
    /// <summary>Whether both sides have proved who they are.</summary>
    public bool MutualTls => Stream is SslStream { IsMutuallyAuthenticated: true };

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        Socket.Dispose();
    }
}

/// <summary>Opens connections to endpoints.</summary>
/// <param name="security">How the sidecar speaks TLS; <c>null</c> where it cannot.</param>
/// <param name="mark">The mark (<c>SO_MARK</c>) of its packets, by which interception lets them pass; 0 for none.</param>
internal sealed class TcpDialer(IUpstreamSecurity? security = null, int mark = 0)
{
    private const int SolSocket = 1;
    private const int SoMark = 36;

    /// <summary>Opens a connection.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="identity">The identity that has to be proved there; empty for a plain connection.</param>
    /// <param name="cancellation">Cancelled when the time is up.</param>
    /// <exception cref="IOException">It could not be opened; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The time was up.</exception>
    public async ValueTask<TcpDial> DialAsync(EndpointAddress address, string identity, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (mark != 0) socket.SetRawSocketOption(SolSocket, SoMark, BitConverter.GetBytes(mark));
            await socket.ConnectAsync(address.Host, address.Port, cancellation).ConfigureAwait(false);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return new TcpDial(socket, identity.Length == 0 || security is null ? plain : await SecureAsync(plain, security.ClientOptions(identity), cancellation).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException or IOException) throw;
            throw new IOException(e is System.Security.Authentication.AuthenticationException ? $"TLS: {e.Message}" : e.Message, e);
        }
    }

    /// <summary>The identity that an endpoint of a service with this policy has to prove; empty for a plain connection.</summary>
    public string IdentityOf(Endpoint endpoint, PolicyConfig policy) => security?.Applies(policy) == true ? endpoint.Identity : "";

    private static async ValueTask<Stream> SecureAsync(Stream plain, SslClientAuthenticationOptions options, CancellationToken cancellation)
    {
        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(options, cancellation).ConfigureAwait(false);
        return tls;
    }
}
