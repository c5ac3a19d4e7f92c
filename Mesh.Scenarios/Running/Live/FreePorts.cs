using System.Net;
using System.Net.Sockets;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Ports of 127.0.0.1 that nobody uses, for those who have to know theirs before they listen. They are from below the range that outgoing connections get theirs from (Linux: from 32,768 on),
/// so that no connection takes one between the asking and the listening, or while whoever listened there is down. No port is given again before thousands of others have been.
/// </summary>
internal static class FreePorts
{
    private const int First = 15_000;
    private const int Count = 17_000;

    private static readonly Lock Asking = new();

    /// <summary>Processes that run beside each other begin at different places.</summary>
    private static int _next = Environment.ProcessId * 131 % Count;

    /// <summary>A free port.</summary>
    /// <exception cref="IOException">All are taken.</exception>
    public static int Take()
    {
        lock (Asking)
        {
            for (int tries = 0; tries < Count; tries++)
            {
                int port = First + _next;
                _next = (_next + 1) % Count;
                if (IsFree(port)) return port;
            }
        }
        throw new IOException($"all ports of 127.0.0.1 from {First} to {First + Count - 1} are taken");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
