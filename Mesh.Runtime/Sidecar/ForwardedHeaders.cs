using Mesh.Runtime.Proxy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>Headers that tell the next server where a request comes from, and its name, as Envoy writes them. <c>Forwarded</c> and <c>Via</c> are passed on as they are.</summary>
internal static class ForwardedHeaders
{
    private const string For = "x-forwarded-for";
    private const string Proto = "x-forwarded-proto";

    /// <summary>Adds what is missing.</summary>
    /// <param name="context">The request.</param>
    /// <param name="keys">Names of requests that bring none.</param>
    /// <param name="useRemoteAddress">Whether the client's address is added to what it says itself: only where clients are not the sidecar's own application (Envoy's <c>use_remote_address</c>).</param>
    public static void Complete(HttpContext context, RequestKeys keys, bool useRemoteAddress)
    {
        var headers = context.Request.Headers;
        if (!headers.ContainsKey(MeshHeaders.RequestId)) headers[MeshHeaders.RequestId] = keys.NextRequestId();
        if (useRemoteAddress || !headers.ContainsKey(Proto)) headers[Proto] = context.Features.Get<ITlsConnectionFeature>() is null ? "http" : "https";
        if (!useRemoteAddress || context.Connection.RemoteIpAddress is not { } address) return;
        string client = address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : address.ToString();
        headers[For] = headers.TryGetValue(For, out var before) ? $"{before},{client}" : client;
    }
}
