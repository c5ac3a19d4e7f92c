using System.Collections.Concurrent;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Wire;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// One sidecar's clients, which keep the connections: one for all endpoints that are spoken to alike (TLS to the same identity, the same connect time-out).
/// How many connections there may be is decided above, in <c>Connections/</c>; the client opens what it needs.
/// </summary>
/// <param name="tls">How the sidecar speaks mutual TLS; <c>null</c> where it has no identity.</param>
/// <param name="caller">Where the sidecar stands.</param>
/// <param name="faults">Its TCP faults, which connections of requests obey as plain ones do.</param>
/// <param name="mark">The mark of its connections; 0 for none.</param>
/// <param name="time">The clock.</param>
internal sealed class UpstreamClients(UpstreamTls? tls, TcpPlace caller, TcpFaultTable faults, int mark, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(5);   // below what sidecars keep theirs for
    private readonly ConcurrentDictionary<(string Identity, long ConnectTimeout), HttpMessageInvoker> _clients = new();
    private long _connections;

    /// <summary>Whether requests to an endpoint go over mutual TLS: both have an identity, and the policy does not switch it off (Istio's auto mTLS).</summary>
    public bool IsSecure(Endpoint endpoint) => tls?.Applies(endpoint) == true;

    /// <summary>The client for an endpoint.</summary>
    public HttpMessageInvoker For(Endpoint endpoint, bool secure, long connectTimeout)
    {
        var key = (secure ? endpoint.Identity : "", connectTimeout);
        return _clients.TryGetValue(key, out var client) ? client : _clients.GetOrAdd(key, Create);
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private HttpMessageInvoker Create((string Identity, long ConnectTimeout) key) =>
        new(SocketClients.Create(TimeSpan.FromTicks(key.ConnectTimeout), IdleTimeout, (context, cancellation) => ConnectAsync(context, key.Identity, cancellation)));

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, string identity, CancellationToken cancellation)
    {
        var endpoint = ((AttemptMessage)context.InitialRequestMessage).Endpoint;
        var callee = TcpPlace.Of(endpoint);
        ulong key = (ulong)Interlocked.Increment(ref _connections);
        switch (faults.FindBlock(caller, callee, key))
        {
            case { Config.Toxic: RefuseToxicConfig } refusal:
                throw new IOException($"connection refused by the fault '{refusal.Config.Name}'");
            case not null:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation).ConfigureAwait(false);   // until the connect time-out
                break;
        }
        var socket = await SocketClients.ConnectAsync(context.DnsEndPoint, mark, cancellation).ConfigureAwait(false);
        var stream = new UpstreamStream(socket, new ConnectionToxics(faults, caller, callee, key), faults, time);
        return identity.Length == 0 ? stream : await tls!.ConnectAsync(stream, context, identity, cancellation).ConfigureAwait(false);
    }
}
