using System.Net;
using System.Security.Authentication;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>Puts the control plane's side of the transport on a host of ASP.NET Core.</summary>
public static class ControlPlaneTransport
{
    /// <summary>Adds what <see cref="MapMeshControlPlane"/> needs.</summary>
    public static IServiceCollection AddMeshControlPlane(this IServiceCollection services, ControlPlaneTransportOptions options)
    {
        services.AddSingleton(options).AddSingleton<TransportService>().AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = TransportLimits.FromProxyBytes;
            grpc.MaxSendMessageSize = TransportLimits.ToProxyBytes + 1024;
            grpc.IgnoreUnknownServices = true;   // other parts of the host answer other paths
        });
        return services;
    }

    /// <summary>Answers proxies.</summary>
    public static void MapMeshControlPlane(this IEndpointRouteBuilder endpoints) => endpoints.MapGrpcService<TransportService>();

    /// <summary>Listens for proxies, in HTTP/2.</summary>
    /// <param name="kestrel">The host's listeners.</param>
    /// <param name="address">Where; port 0 asks for a free one.</param>
    /// <param name="identity">Who the control plane is (<see cref="ControlPlaneIdentity"/>); <c>null</c> speaks plain text, on loopback only.</param>
    /// <exception cref="ArgumentException">Plain text would leave the machine.</exception>
    public static void ListenMeshControlPlane(this KestrelServerOptions kestrel, IPEndPoint address, WorkloadIdentity? identity)
    {
        if (identity is null && !IPAddress.IsLoopback(address.Address))
            throw new ArgumentException($"{address} can be reached from other machines, and without a certificate the control plane speaks plain text; give it one, or listen on 127.0.0.1.", nameof(address));
        kestrel.Listen(address, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (identity is not null) listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => new(ServerOptions(context, identity)), HandshakeTimeout = TransportLimits.HelloTimeout });
        });
    }

    /// <summary>A client may come without a certificate, to ask for its first; one that shows a wrong one is refused.</summary>
    private static System.Net.Security.SslServerAuthenticationOptions ServerOptions(TlsHandshakeCallbackContext context, WorkloadIdentity identity)
    {
        var peer = new ProvedPeer();
        context.Connection.Features.Set<IPeerIdentityFeature>(peer);
        var options = MutualTls.ServerOptions(identity, verdict => peer.Peer = verdict.Peer);
        var judge = options.RemoteCertificateValidationCallback ?? throw new AuthenticationException("mutual TLS has no judge.");
        options.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) => certificate is null || judge(sender, certificate, chain, errors);
        return options;
    }

    private sealed class ProvedPeer : IPeerIdentityFeature
    {
        public SpiffeId? Peer { get; set; }
    }
}

/// <summary>Who the control plane is, so that proxies can tell it from any other workload of the trust domain.</summary>
public static class ControlPlaneIdentity
{
    /// <summary>The control plane's identity in a trust domain: <c>spiffe://TRUST-DOMAIN/ns/meshlab/sa/control-plane</c>.</summary>
    public static SpiffeId In(string trustDomain) => new(trustDomain, "meshlab", "control-plane");
}
