using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>What becomes of connections to addresses that the mesh does not know (Istio's <c>outboundTrafficPolicy.mode</c>).</summary>
internal enum UnknownDestinations
{
    /// <summary>They go on to where they were going. <c>ALLOW_ANY</c></summary>
    AllowAny,

    /// <summary>They are reset, with the flag <c>NR</c>. <c>REGISTRY_ONLY</c></summary>
    RegistryOnly,
}

/// <summary>Routes intercepted connections by where they were going: the address of an endpoint stands for its service, whichever endpoint is then picked.</summary>
/// <param name="pipeline">The sidecar's outbound side, whose snapshot names the endpoints.</param>
/// <param name="services">The route to a service of the mesh.</param>
/// <param name="others">The route to any other address.</param>
/// <param name="unknown">Whether it is taken.</param>
internal sealed class InterceptionRoute(OutboundPipeline pipeline, Func<ServiceModel, ITcpRoute> services, Func<EndpointAddress, ITcpRoute> others, UnknownDestinations unknown) : ITcpRoute
{
    private readonly ConcurrentDictionary<int, ITcpRoute> _routes = new();
    private readonly Lock _lock = new();
    private MeshSnapshot? _snapshot;
    private Dictionary<IPEndPoint, ServiceModel> _byAddress = [];

    /// <inheritdoc/>
    public ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation)
    {
        // Without an original destination somebody called the listener itself; passed on, the connection would come back for ever.
        if (connection.Features.Get<IConnectionSocketFeature>() is not { } feature || OriginalDestination.Of(feature.Socket) is not { } original)
            return new(Refused("the connection was not intercepted: it asks for this listener itself"));
        return Find(original) is { } service ? _routes.GetOrAdd(service.Id, static (_, arg) => arg.services(arg.service), (services, service)).OpenAsync(connection, key, cancellation)
            : unknown == UnknownDestinations.AllowAny ? others(new EndpointAddress(original.Address.ToString(), original.Port)).OpenAsync(connection, key, cancellation)
            : new(Refused($"the mesh does not know {original}, and lets nothing else out (registry only)"));
    }

    private ServiceModel? Find(IPEndPoint original)
    {
        var snapshot = pipeline.Snapshot;
        lock (_lock)
        {
            if (!ReferenceEquals(snapshot, _snapshot))
            {
                _snapshot = snapshot;
                _byAddress = [];
                foreach (var service in snapshot.Services)
                    foreach (var endpoint in service.Endpoints)
                        if (endpoint.Address is { } address && IPAddress.TryParse(address.Host, out var ip)) _byAddress.TryAdd(new IPEndPoint(ip, address.Port), service);
            }
            return _byAddress.GetValueOrDefault(original);
        }
    }

    private static TcpOpening Refused(string why) => new() { Flags = ResponseFlags.NR, Failure = why, Destination = WorkloadFacts.Unknown with { Service = "BlackHoleCluster" } };
}
