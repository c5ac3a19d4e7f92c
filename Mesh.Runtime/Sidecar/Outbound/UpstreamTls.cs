using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Mutual TLS towards other sidecars.</summary>
/// <param name="identity">Who this sidecar is.</param>
/// <param name="modes">How services are spoken to.</param>
internal sealed class UpstreamTls(WorkloadIdentity identity, TlsModes modes)
{
    /// <summary>Whether an endpoint is spoken to in mutual TLS.</summary>
    public bool Applies(Endpoint endpoint) => endpoint.Identity.Length > 0 && modes.Of(endpoint.Service) != MutualTlsMode.Disabled;

    /// <summary>TLS on a connection for <c>SocketsHttpHandler</c>.</summary>
    public async ValueTask<Stream> ConnectAsync(Stream plain, SocketsHttpConnectionContext context, string expected, CancellationToken cancellation) =>
        await MutualTls.ConnectAsync(plain, identity, [SpiffeId.Parse(expected)], NameOf(expected), MutualTls.ProtocolsFor(context.InitialRequestMessage), cancellation).ConfigureAwait(false);

    /// <summary>TLS on a plain TCP connection, where the endpoint is spoken to in it.</summary>
    public async ValueTask<Stream> SecureAsync(Endpoint? endpoint, Stream plain, CancellationToken cancellation) => endpoint is null || !Applies(endpoint)
        ? plain
        : await MutualTls.ConnectAsync(plain, identity, [SpiffeId.Parse(endpoint.Identity)], NameOf(endpoint.Identity), null, cancellation).ConfigureAwait(false);

    /// <summary>The server name that sessions are resumed under: the account, which proves nothing.</summary>
    private static string NameOf(string identity) => identity[(identity.LastIndexOf('/') + 1)..];
}
