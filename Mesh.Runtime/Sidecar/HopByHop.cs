using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// Headers that belong to one connection (RFC 9110, 7.6.1). YARP leaves out the known ones; here are those that <c>Connection</c> names, and what YARP leaves out though it belongs to the message.
/// </summary>
internal static class HopByHop
{
    private const string Insecure = "Upgrade-Insecure-Requests";

    /// <summary>Takes out of a request what its <c>Connection</c> names, before anything is added to it.</summary>
    public static void Clean(IHeaderDictionary request)
    {
        var connection = request.Connection;
        if (connection.Count == 0 || NamesNone(connection.ToString())) return;
        foreach (string name in Names(connection)) request.Remove(name);
    }

    /// <summary>Takes out of a response what the upstream's <c>Connection</c> names.</summary>
    public static void Clean(HttpResponseHeaders upstream, IHeaderDictionary response)
    {
        if (!upstream.NonValidated.TryGetValues("Connection", out var values) || values.ToString() is var connection && NamesNone(connection)) return;
        foreach (string name in Names(connection)) response.Remove(name);
    }

    private static bool NamesNone(string connection) =>
        connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || connection.Equals("close", StringComparison.OrdinalIgnoreCase);

    /// <summary>Passes on what YARP does not.</summary>
    public static void Pass(IHeaderDictionary request, HttpRequestMessage message)
    {
        if (request.TryGetValue(Insecure, out var insecure)) message.Headers.TryAddWithoutValidation(Insecure, insecure.ToString());
        if (request.Upgrade.Count > 0 && IsPassedOn(request.Upgrade.ToString()) && Asks(request.Connection, "Upgrade"))
        {
            message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            message.Headers.TryAddWithoutValidation("Upgrade", request.Upgrade.ToString());
        }
    }

    /// <summary>YARP upgrades WebSockets and SPDY by itself. HTTP/2 and TLS are chosen by each connection for itself.</summary>
    private static bool IsPassedOn(string protocol) =>
        !protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase) && !protocol.StartsWith("SPDY/", StringComparison.OrdinalIgnoreCase)
        && !protocol.StartsWith("h2c", StringComparison.OrdinalIgnoreCase) && !protocol.StartsWith("HTTP/", StringComparison.OrdinalIgnoreCase)
        && !protocol.StartsWith("TLS/", StringComparison.OrdinalIgnoreCase);

    /// <summary>What <c>Connection</c> names, but for what says where the message goes and how long it is, and an upgrade.</summary>
    private static IEnumerable<string> Names(StringValues connection) =>
        Tokens(connection).Where(name => !name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) && !name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));

    private static bool Asks(StringValues connection, string option) => Tokens(connection).Contains(option, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> Tokens(StringValues connection) =>
        connection.SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
