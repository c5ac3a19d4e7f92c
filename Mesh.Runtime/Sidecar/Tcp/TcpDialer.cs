using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>Makes a plain connection to an endpoint mesh traffic: its TLS, with the expected identity. The stream given is closed by whoever asked when this throws.</summary>
/// <param name="endpoint">Whom it was opened to; <c>null</c> for an address that the mesh does not know.</param>
/// <param name="plain">The connection.</param>
/// <param name="cancellation">Cancelled when the time to connect is up.</param>
public delegate ValueTask<Stream> SecureConnection(Endpoint? endpoint, Stream plain, CancellationToken cancellation);

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
/// <param name="secure">What a connection needs on top; <c>null</c> leaves it plain.</param>
/// <param name="mark">The mark (<c>SO_MARK</c>) of its packets, by which interception lets them pass; 0 for none.</param>
internal sealed class TcpDialer(SecureConnection? secure = null, int mark = 0)
{
    /// <summary>Opens a connection.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="endpoint">Whom that is; <c>null</c> where the mesh does not know it.</param>
    /// <param name="cancellation">Cancelled when the time is up.</param>
    /// <exception cref="IOException">It could not be opened; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The time was up.</exception>
    public async ValueTask<TcpDial> DialAsync(EndpointAddress address, Endpoint? endpoint, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            SocketMark.Set(socket, mark);
            await socket.ConnectAsync(address.Host, address.Port, cancellation).ConfigureAwait(false);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return new TcpDial(socket, secure is null ? plain : await secure(endpoint, plain, cancellation).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException or IOException) throw;
            throw new IOException(e is AuthenticationException ? $"TLS: {e.Message}" : e.Message, e);
        }
    }
}
