using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>Where an intercepted connection was going before <c>iptables REDIRECT</c> turned it (Linux: <c>SO_ORIGINAL_DST</c>).</summary>
internal static class OriginalDestination
{
    private const int SolIp = 0;
    private const int SolIpv6 = 41;
    private const int SoOriginalDst = 80;        // of SOL_IP; IP6T_SO_ORIGINAL_DST of SOL_IPV6 has the same number
    private const int SizeOfSockaddrIn = 16;
    private const int SizeOfSockaddrIn6 = 28;

    /// <summary>The address; <c>null</c> where the connection was not turned, or the system cannot tell.</summary>
    public static IPEndPoint? Of(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.LocalEndPoint is not IPEndPoint local) return null;
        bool v4 = local.AddressFamily == AddressFamily.InterNetwork || local.Address.IsIPv4MappedToIPv6;
        Span<byte> address = stackalloc byte[v4 ? SizeOfSockaddrIn : SizeOfSockaddrIn6];
        try
        {
            if (socket.GetRawSocketOption(v4 ? SolIp : SolIpv6, SoOriginalDst, address) < address.Length) return null;
        }
        catch (SocketException)
        {
            return null;   // not in the connection tracking: nobody turned it
        }
        var original = Read(address);
        return Same(original, local) ? null : original;
    }

    /// <summary>A <c>sockaddr_in</c> or <c>sockaddr_in6</c>, told apart by their lengths.</summary>
    internal static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        int port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return new IPEndPoint(address.Length == SizeOfSockaddrIn ? new IPAddress(address.Slice(4, 4)) : new IPAddress(address.Slice(8, 16)), port);
    }

    private static bool Same(IPEndPoint original, IPEndPoint local) =>
        original.Port == local.Port && original.Address.Equals(local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address);
}
