using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>What a proxy's hello must keep to.</summary>
internal static class HelloRules
{
    /// <summary>Everything that is wrong with it; empty where it may come in.</summary>
    public static IReadOnlyList<string> Problems(Wire.Hello hello, int maxServices) =>
    [
        .. Name("name", hello.Name.ToText(), mayBeEmpty: false), .. Name("service", hello.Service.ToText(), mayBeEmpty: false),
        .. Name("zone", hello.Zone.ToText(), mayBeEmpty: true), .. Name("version", hello.Version.ToText(), mayBeEmpty: true),
        .. hello.Subscription.Count > maxServices ? [$"it subscribes to {hello.Subscription.Count} services; the most is {maxServices}"] : hello.Subscription.SelectMany(name => Name("subscription", name.ToText(), mayBeEmpty: false)).Take(3),
        .. hello.Endpoint is { } endpoint ? Endpoint(endpoint) : [],
    ];

    private static IEnumerable<string> Endpoint(Wire.Endpoint endpoint)
    {
        if (endpoint.Host.IsEmpty || endpoint.Host.Length > TransportLimits.NameLength || Uri.CheckHostName(endpoint.Host.ToText()) == UriHostNameType.Unknown) yield return "its endpoint's host is neither a name nor an address";
        if (endpoint.Port is < 1 or > ushort.MaxValue) yield return $"its endpoint has the port {endpoint.Port}; a port is from 1 to {ushort.MaxValue}";
        if (endpoint.Weight is < 1 or > 128) yield return $"its endpoint has the weight {endpoint.Weight}; a weight is from 1 to 128";
        if (!endpoint.Identity.IsEmpty && !SpiffeId.TryParse(endpoint.Identity.ToText(), out _, out string? problem)) yield return problem;
        if (endpoint.Labels.Count > 64) yield return $"its endpoint has {endpoint.Labels.Count} labels; the most is 64";
    }

    /// <summary>Everything that is wrong with a name.</summary>
    public static IEnumerable<string> Name(string what, string text, bool mayBeEmpty)
    {
        if (text.Length == 0 && !mayBeEmpty) yield return $"its {what} is empty";
        if (text.Length > TransportLimits.NameLength) yield return $"its {what} has {text.Length} characters; the most is {TransportLimits.NameLength}";
        if (text.Any(char.IsControl)) yield return $"its {what} has control characters";
    }
}
