using Mesh.Runtime.Security.Tls;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>
/// <c>x-forwarded-client-cert</c>: tells the application who the caller is. Whatever a caller wrote there itself is dropped (Envoy's <c>SANITIZE_SET</c>): only the connection proves anything.
/// </summary>
internal static class ClientCertificateHeader
{
    private const string Name = "x-forwarded-client-cert";

    public static void Write(HttpRequestMessage message, HttpContext context)
    {
        message.Headers.Remove(Name);
        if (context.Features.Get<IPeerIdentityFeature>()?.Peer is { } peer) message.Headers.TryAddWithoutValidation(Name, $"URI={peer}");
    }
}
