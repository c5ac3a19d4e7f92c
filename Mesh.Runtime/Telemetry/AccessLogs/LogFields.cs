namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>What more than one format says of a request.</summary>
internal static class LogFields
{
    private static readonly string[] Grpc =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted",
        "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ];

    /// <summary>Headers that carry secrets, which no format may ask for.</summary>
    public static readonly HashSet<string> SecretHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-amz-security-token", "x-csrf-token", "x-forwarded-client-cert",
    };

    /// <summary>A gRPC status in Envoy's words.</summary>
    public static string? GrpcName(int? status) =>
        status is not { } code ? null : (uint)code < (uint)Grpc.Length ? Grpc[code] : code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whole milliseconds, as Envoy counts.</summary>
    public static long? Milliseconds(TimeSpan? time) => time is { } given ? (long)given.TotalMilliseconds : null;

    public static string? Cluster(RequestFacts facts) => facts.UpstreamCluster ?? (facts.Destination == WorkloadFacts.Unknown ? null : facts.Destination.Service);

    public static string? Route(RequestFacts facts) => string.IsNullOrEmpty(facts.Route) ? null : facts.Route;

    /// <summary><c>host:port</c> without its port, an IPv6 address without brackets.</summary>
    public static string? Host(string? address) => address is null ? null : Split(address).Host;

    /// <summary>The parts of <c>host:port</c>; a port of -1 where there is none.</summary>
    public static (string Host, int Port) Split(string address)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 0 || address.EndsWith(']') || !int.TryParse(address.AsSpan(colon + 1), out int port)) return (address.Trim('[', ']'), -1);
        return (address[..colon].Trim('[', ']'), port);
    }

    public static string? Header(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        foreach (var header in headers)
        {
            if (string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)) return header.Value;
        }
        return null;
    }
}
