using System.Net.Sockets;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>The mark of a socket's packets (Linux: <c>SO_MARK</c>), by which <c>iptables</c> knows the sidecar's own.</summary>
internal static class SocketMark
{
    private const int SolSocket = 1;
    private const int SoMark = 36;

    /// <summary>Sets it; 0 leaves the socket as it is.</summary>
    public static void Set(Socket socket, int mark)
    {
        if (mark != 0) socket.SetRawSocketOption(SolSocket, SoMark, BitConverter.GetBytes(mark));
    }
}
