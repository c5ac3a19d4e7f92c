using System.Collections.Concurrent;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>Routes intercepted connections by where they were going: the address of an endpoint stands for its service, whichever endpoint is then picked.</summary>
/// <param name="destinations">Whose address it is.</param>
/// <param name="services">The route to a service of the mesh.</param>
/// <param name="others">The route to any other address.</param>
/// <param name="unknown">Whether it is taken.</param>
internal sealed class InterceptionRoute(DestinationServices destinations, Func<ServiceModel, ITcpRoute> services, Func<EndpointAddress, ITcpRoute> others, UnknownDestinations unknown) : ITcpRoute
{
    private readonly ConcurrentDictionary<int, ITcpRoute> _routes = new();

    /// <inheritdoc/>
    public ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation)
    {
        // Without an original destination somebody called the listener itself; passed on, the connection would come back for ever.
        if (connection.Features.Get<IConnectionSocketFeature>() is not { } feature || OriginalDestination.Of(feature.Socket) is not { } original)
            return new(Refused("the connection was not intercepted: it asks for this listener itself"));
        return destinations.Find(original) is { } service ? _routes.GetOrAdd(service.Id, static (_, arg) => arg.services(arg.service), (services, service)).OpenAsync(connection, key, cancellation)
            : unknown == UnknownDestinations.AllowAny ? others(new EndpointAddress(original.Address.ToString(), original.Port)).OpenAsync(connection, key, cancellation)
            : new(Refused($"the mesh does not know {original}, and lets nothing else out (registry only)"));
    }

    private static TcpOpening Refused(string why) => new() { Flags = ResponseFlags.NR, Failure = why, Destination = WorkloadFacts.Unknown with { Service = "BlackHoleCluster" } };
}
