using System.Globalization;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>What may be said about an endpoint beside its address, under the same keys in a file and in etcd.</summary>
internal sealed class EndpointKeys
{
    /// <summary>The keys whose value is a single one.</summary>
    public static readonly IReadOnlyList<string> Known = ["name", "weight", "zone", "version", "identity", "readiness"];

    private ObservedEndpoint _read = new() { Address = new EndpointAddress("", 0) };

    /// <summary>Labels by name.</summary>
    public SortedDictionary<string, string> Labels { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes a key's value over.</summary>
    /// <returns>What is wrong with it, or <c>null</c>.</returns>
    public string? Set(string key, string value)
    {
        switch (key)
        {
            case "name": _read = _read with { Name = value }; return null;
            case "zone": _read = _read with { Zone = value }; return null;
            case "version": _read = _read with { Version = value }; return null;
            case "identity":
                if (!value.StartsWith("spiffe://", StringComparison.Ordinal)) return Not("an identity", value, "spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT");
                _read = _read with { Identity = value };
                return null;
            case "weight":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int weight) || weight is < 1 or > 128) return Not("a weight", value, "a whole number from 1 to 128");
                _read = _read with { Weight = weight };
                return null;
            default:
                if (ReadinessOf(value) is not { } readiness) return $"'{AddressText.Shown(value)}' is not a readiness. Allowed: ready, draining, notReady.";
                _read = _read with { Readiness = readiness };
                return null;
        }
    }

    public ObservedEndpoint Endpoint(EndpointAddress address) => _read with { Address = address, Labels = [.. Labels] };

    private static string Not(string kind, string value, string rule) => $"'{AddressText.Shown(value)}' is not {kind}; {kind} is {rule}.";

    private static EndpointReadiness? ReadinessOf(string text) => text switch
    {
        "ready" => EndpointReadiness.Ready,
        "draining" => EndpointReadiness.Draining,
        "notReady" => EndpointReadiness.NotReady,
        _ => null,
    };
}
