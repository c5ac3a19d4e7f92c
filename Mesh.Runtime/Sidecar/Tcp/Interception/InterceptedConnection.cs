using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>An intercepted connection's feature, which its requests have too.</summary>
/// <param name="Destination">Where it was going.</param>
internal sealed record InterceptedConnection(IPEndPoint Destination)
{
    /// <summary>Notes where a connection was going. One that was not intercepted calls the listener itself, and is broken off: passed on, it would come back for ever.</summary>
    public static ConnectionDelegate Middleware(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is not { } feature || OriginalDestination.Of(feature.Socket) is not { } original)
        {
            connection.Abort();
            return Task.CompletedTask;
        }
        connection.Features.Set(new InterceptedConnection(original));
        return next(connection);
    };
}
