using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>Lets Kestrel listen at a <see cref="GatedEndPoint"/>; other addresses stay with Kestrel's own transport.</summary>
internal sealed class GatedListenerFactory(ILogger<GatedListenerFactory> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketConnectionContextFactory _connections = new(new SocketConnectionFactoryOptions { MaxReadBufferSize = TcpPump.MostHeld }, logger);

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is GatedEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new GatedListener((GatedEndPoint)endpoint, _connections));

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();
}

/// <summary>Plain TCP listeners on a Kestrel server.</summary>
internal static class TcpListening
{
    /// <summary>Teaches Kestrel to listen at <see cref="GatedEndPoint"/>s.</summary>
    public static IServiceCollection AddTcpListening(this IServiceCollection services) =>
        services.AddSingleton<IConnectionListenerFactory, GatedListenerFactory>();

    /// <summary>Takes plain TCP connections at an address.</summary>
    /// <param name="kestrel">The server's options.</param>
    /// <param name="endpoint">The address.</param>
    /// <param name="proxy">What happens to the connections.</param>
    /// <param name="secure">Connection middleware before that, such as TLS; <c>null</c> for none.</param>
    public static void ListenTcp(this KestrelServerOptions kestrel, GatedEndPoint endpoint, TcpProxy proxy, Action<ListenOptions>? secure = null) =>
        kestrel.Listen(endpoint, listen =>
        {
            secure?.Invoke(listen);
            listen.Run(proxy.OnConnectedAsync);
        });
}
