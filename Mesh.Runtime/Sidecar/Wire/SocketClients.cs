using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Runtime.Sidecar.Tcp;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>Clients as a proxy needs them: nothing is followed, stored, unpacked or repeated, and what a head says goes on byte by byte.</summary>
internal static class SocketClients
{
    /// <summary>A client that keeps its connections.</summary>
    /// <param name="connectTimeout">Longest wait for a connection.</param>
    /// <param name="idleTimeout">How long an idle connection is kept.</param>
    /// <param name="connect">Makes the connections.</param>
    public static SocketsHttpHandler Create(TimeSpan connectTimeout, TimeSpan idleTimeout, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = connectTimeout,
        PooledConnectionIdleTimeout = idleTimeout,
        MaxResponseHeadersLength = 64,
        // An answer that is given up closes its connection: the mesh counts it as closed.
        ResponseDrainTimeout = TimeSpan.Zero,
        MaxResponseDrainSize = 0,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = connect,
    };

    /// <summary>Opens a socket.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="mark">The mark of its packets; 0 for none.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async ValueTask<Socket> ConnectAsync(DnsEndPoint address, int mark, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            SocketMark.Set(socket, mark);
            await socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
