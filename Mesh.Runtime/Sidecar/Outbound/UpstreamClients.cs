using System.Collections.Concurrent;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// One sidecar's clients, which keep the connections: one for all endpoints that are spoken to alike (TLS to the same identity, the same connect time-out).
/// How many connections there may be is decided above, in <c>Connections/</c>; the client opens what it needs.
/// </summary>
/// <remarks>
/// <c>SocketsHttpHandler</c> sends a request again by itself when a kept-alive connection turns out to be closed before any answer came: it cannot be told not to.
/// Requests with a body are held to one sending by <see cref="ReplayBody"/>; for those without, the repeated sending is within one attempt, and no retry of the mesh's.
/// </remarks>
internal sealed class UpstreamClients : IDisposable
{
    private readonly ConcurrentDictionary<(string Identity, long ConnectTimeout), HttpMessageInvoker> _clients = new();
    private readonly UpstreamTls? _tls;

    /// <summary>The clients of one sidecar.</summary>
    /// <param name="tls">How it speaks mutual TLS; <c>null</c> where it has no identity.</param>
    public UpstreamClients(UpstreamTls? tls) => _tls = tls;

    /// <summary>Whether requests to an endpoint go over mutual TLS: both have an identity, and the policy does not switch it off (Istio's auto mTLS).</summary>
    public bool IsSecure(Endpoint endpoint) => _tls?.Applies(endpoint) == true;

    /// <summary>The client for an endpoint.</summary>
    public HttpMessageInvoker For(Endpoint endpoint, bool secure, long connectTimeout) =>
        _clients.GetOrAdd((secure ? endpoint.Identity : "", connectTimeout), static (key, tls) => Create(key.Identity, key.ConnectTimeout, tls), _tls);

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private static HttpMessageInvoker Create(string identity, long connectTimeout, UpstreamTls? tls)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromTicks(connectTimeout),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
            // An answer that is given up closes its connection: the mesh counts it as closed.
            ResponseDrainTimeout = TimeSpan.Zero,
            MaxResponseDrainSize = 0,
        };
        if (identity.Length > 0) handler.ConnectCallback = (context, cancellation) => tls!.ConnectAsync(context, identity, cancellation);
        return new HttpMessageInvoker(handler);
    }
}
