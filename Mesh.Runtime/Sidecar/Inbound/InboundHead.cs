using System.Globalization;
using System.Net;
using Mesh.Runtime.Proxy;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>The head of a request from the network as the callee's sidecar sees it.</summary>
internal static class InboundHead
{
    /// <summary>Reads it.</summary>
    /// <param name="call">The live message.</param>
    /// <param name="proxy">The sidecar.</param>
    /// <param name="peer">The caller's SPIFFE identity as the connection proves it; empty where it proves none.</param>
    public static MeshRequest Read(InboundCall call, LiveProxy proxy, string peer)
    {
        var http = call.Context.Request;
        long now = proxy.Node.Plane.Now;
        var headers = http.Headers;
        return new MeshRequest
        {
            Class = proxy.Node.Directory.AddClass(proxy.Config.Service, RequestTarget.PathOf(call.Context)),
            Method = http.Method,
            Authority = http.Host.Value,
            Port = call.Context.Connection.LocalPort,
            Query = QueryParameters.Parse(http.QueryString.Value),
            Headers = ListOf(headers),
            BodyBytes = http.ContentLength ?? 0,
            Key = MeshHeaders.TryParse(headers[MeshHeaders.Key], out ulong key) ? key : proxy.Node.Keys.Next(),
            Attempt = int.TryParse(headers[MeshHeaders.AttemptCount], NumberStyles.None, CultureInfo.InvariantCulture, out int attempt) ? Math.Max(0, attempt - 1) : 0,
            Deadline = DeadlineOf(headers, now),
            IntendedStart = now,
            CallerIdentity = peer,
            PeerAddress = call.Context.Connection.RemoteIpAddress,
            RemoteAddress = ForwardedFor(headers),
            Message = call,
        };
    }

    private static List<KeyValuePair<string, string>> ListOf(IHeaderDictionary headers)
    {
        var list = new List<KeyValuePair<string, string>>(headers.Count);
        foreach (var header in headers)
        {
            foreach (string? value in header.Value) list.Add(new(header.Key, value ?? ""));
        }
        return list;
    }

    /// <summary>The last address of <c>x-forwarded-for</c>, whoever wrote it, as Istio's sidecars take it (Envoy without <c>use_remote_address</c>); one that is none does not count.</summary>
    private static IPAddress? ForwardedFor(IHeaderDictionary headers) =>
        headers["x-forwarded-for"] is { Count: > 0 } lines && lines[^1] is { } line && IPAddress.TryParse(line.AsSpan(line.LastIndexOf(',') + 1).Trim(), out var address) ? address : null;

    private static long DeadlineOf(IHeaderDictionary headers, long now)
    {
        long due = long.MaxValue;
        if (long.TryParse(headers[MeshHeaders.ExpectedTimeout], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds))
            due = now + (Math.Min(milliseconds, int.MaxValue) * TimeSpan.TicksPerMillisecond);
        return GrpcHeaders.ParseTimeout(headers[GrpcHeaders.Timeout]) is { } ticks ? Math.Min(due, now + ticks) : due;
    }
}
