using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane.RateLimits;
using Mesh.Runtime.Model;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Global rate limits on the wire. A long value goes as its hash, so that no client's header makes the message too large for the others.</summary>
internal static class TokenWire
{
    private const int LongestValue = 64;

    public static Wire.Hits Write(in LimitHits hits)
    {
        var written = new Wire.Hits { Count = hits.Count };
        foreach (var (limit, values) in hits.Uses)
        {
            var use = new Wire.Use { Limit = limit };
            if (values.Path is { } path) use.Path = Value(path);
            if (values.Route is { } route) use.Route = Value(route);
            if (values.Caller is { } caller) use.Caller = Value(caller);
            if (values.Header is { } header) use.Header = Value(header);
            written.Uses.Add(use);
        }
        return written;
    }

    public static LimitHits Read(Wire.Hits hits) => new(hits.Count, ValueList.Create<LimitUse>([.. hits.Uses.Select(Read)]));

    public static LimitGrant Read(Wire.Grant grant) => new(grant.Granted, grant.Wait);

    /// <summary>Everything that is wrong with a request for tokens; empty where it may be answered.</summary>
    public static IReadOnlyList<string> Problems(Wire.TokenRequest request) =>
    [
        .. HelloRules.Name("service", request.Service.ToText(), mayBeEmpty: false),
        .. request.Hits.Count > TransportLimits.HitsPerAsk ? [$"it has {request.Hits.Count} kinds of hits; the most is {TransportLimits.HitsPerAsk}"] : (string[])[],
        .. request.Hits.Any(hits => hits.Count is < 1 or > TransportLimits.RequestsPerHit) ? [$"a number of hits is not from 1 to {TransportLimits.RequestsPerHit}"] : (string[])[],
        .. request.Hits.SelectMany(hits => hits.Uses).Any(IsTooLong) ? [$"a value is longer than {LongestValue} bytes"] : (string[])[],
    ];

    private static bool IsTooLong(Wire.Use use) => Math.Max(Math.Max(use.Path.Length, use.Route.Length), Math.Max(use.Caller.Length, use.Header.Length)) > LongestValue;

    private static LimitUse Read(Wire.Use use) => new(use.Limit, new DescriptorValues(
        use.HasPath ? use.Path.ToText() : null, use.HasRoute ? use.Route.ToText() : null, use.HasCaller ? use.Caller.ToText() : null, use.HasHeader ? use.Header.ToText() : null));

    private static ByteString Value(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= LongestValue ? UnsafeByteOperations.UnsafeWrap(bytes) : Convert.ToHexStringLower(SHA256.HashData(bytes)).ToWire();
    }
}
