using System.Net.Security;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Mutual TLS towards other sidecars.</summary>
/// <param name="identity">Who this sidecar is.</param>
/// <param name="modes">How services are spoken to.</param>
/// <param name="refused">Told of endpoints that are not who they have to be.</param>
internal sealed class UpstreamTls(WorkloadIdentity identity, TlsModes modes, Action<TlsRefusal> refused)
{
    /// <summary>Whether an endpoint is spoken to in mutual TLS.</summary>
    public bool Applies(Endpoint endpoint) => endpoint.Identity.Length > 0 && modes.Of(endpoint.Service) != MutualTlsMode.Disabled;

    /// <summary>TLS on a connection for <c>SocketsHttpHandler</c>.</summary>
    public ValueTask<Stream> ConnectAsync(Stream plain, SocketsHttpConnectionContext context, string expected, CancellationToken cancellation) =>
        ConnectAsync(plain, expected, MutualTls.ProtocolsFor(context.InitialRequestMessage), cancellation);

    /// <summary>TLS on a plain TCP connection, where the endpoint is spoken to in it.</summary>
    public ValueTask<Stream> SecureAsync(Endpoint? endpoint, Stream plain, CancellationToken cancellation) =>
        endpoint is null || !Applies(endpoint) ? new(plain) : ConnectAsync(plain, endpoint.Identity, null, cancellation);

    private async ValueTask<Stream> ConnectAsync(Stream plain, string expected, IReadOnlyList<SslApplicationProtocol>? protocols, CancellationToken cancellation)
    {
        try
        {
            return await MutualTls.ConnectAsync(plain, identity, [SpiffeId.Parse(expected)], NameOf(expected), protocols, cancellation).ConfigureAwait(false);
        }
        catch (PeerRefusedException error)
        {
            refused(error.Refusal);
            throw;
        }
    }

    /// <summary>The server name that sessions are resumed under: the account, which proves nothing.</summary>
    private static string NameOf(string identity) => identity[(identity.LastIndexOf('/') + 1)..];
}
