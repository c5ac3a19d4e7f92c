using System.Net;
using System.Net.Sockets;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Ports of 127.0.0.1 that nobody uses, for those who have to know theirs before they listen. Between the asking and the listening somebody else may take one;
/// within this process nobody is given the same port twice.
/// </summary>
internal static class FreePorts
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A free port.</summary>
    public static int Take()
    {
        lock (Given)
        {
            while (true)
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                int port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                if (Given.Add(port)) return port;
            }
        }
    }
}
