using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Sidecar.Tcp.Interception;

/// <summary>Services by their endpoints' addresses: whoever was going to one of them meant its service. Safe for several threads.</summary>
/// <param name="pipeline">The sidecar's outbound side, whose snapshot names the endpoints.</param>
internal sealed class DestinationServices(OutboundPipeline pipeline)
{
    private readonly Lock _lock = new();
    private MeshSnapshot? _snapshot;
    private Dictionary<IPEndPoint, ServiceModel> _byAddress = [];

    /// <summary>The service that has an endpoint at an address, by the newest snapshot; <c>null</c> where none has.</summary>
    public ServiceModel? Find(IPEndPoint destination)
    {
        var snapshot = pipeline.Snapshot;
        lock (_lock)
        {
            if (!ReferenceEquals(snapshot, _snapshot)) (_snapshot, _byAddress) = (snapshot, ByAddress(snapshot));
            return _byAddress.GetValueOrDefault(destination);
        }
    }

    private static Dictionary<IPEndPoint, ServiceModel> ByAddress(MeshSnapshot snapshot)
    {
        var services = new Dictionary<IPEndPoint, ServiceModel>();
        foreach (var service in snapshot.Services)
        {
            foreach (var endpoint in service.Endpoints)
            {
                if (endpoint.Address is { } address && IPAddress.TryParse(address.Host, out var ip)) services.TryAdd(new IPEndPoint(ip, address.Port), service);
            }
        }
        return services;
    }
}
