using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Mesh.Scenarios.Tests.Running;

/// <summary>Ports of 127.0.0.1 that a process has named.</summary>
internal static partial class LocalPorts
{
    /// <summary>The ports in a text, each once; 0 is none.</summary>
    public static int[] In(string text) => [.. Port().Matches(text).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Where(port => port != 0).Distinct()];

    /// <summary>Whether anybody listens at one.</summary>
    public static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
