using System.Globalization;
using System.Net;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>Addresses as people write them: <c>10.0.0.7:8080</c>, <c>[2001:db8::7]:8080</c>, <c>cart.internal:80</c>.</summary>
internal static class AddressText
{
    /// <summary>The address, or <c>null</c> with what is wrong.</summary>
    public static EndpointAddress? Parse(string text, out string problem)
    {
        var address = Parse(text);
        problem = address is null ? $"'{Shown(text)}' is not an address; an address is host:port, such as 10.0.0.7:8080 or [2001:db8::7]:8080." : "";
        return address;
    }

    /// <summary>A text of unknown origin, short enough for a message.</summary>
    public static string Shown(string text) => text.Length <= 60 ? text : $"{text[..60]}…";

    private static EndpointAddress? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon <= 0) return null;
        string host = text[..colon];
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0) return null;
        if (host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host[1..^1], out var address) && host.Contains(':')) return new EndpointAddress(address.ToString(), port);
        // Only a name or an IPv4 address has no colon of its own.
        return !host.Contains(':') && Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 ? new EndpointAddress(host, port) : null;
    }
}
