using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One replica of a live world as it is to be: from this follow its sidecar and its synthetic service, in whatever process they run.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Version">The version that it runs.</param>
/// <param name="Number">Its number within the version, from 0.</param>
/// <param name="Endpoint">The endpoint that others see.</param>
/// <param name="Application">Where its application listens.</param>
internal sealed record ReplicaPlan(ServiceConfig Service, VersionConfig Version, int Number, Endpoint Endpoint, EndpointAddress Application)
{
    /// <summary>The sidecar before it.</summary>
    public LiveProxyConfig Sidecar() => new()
    {
        Name = Endpoint.Name,
        Service = Endpoint.Service,
        Version = Endpoint.Version,
        Zone = Endpoint.Zone,
        Identity = Endpoint.Identity,
        Caller = new CallerInfo
        {
            Service = Endpoint.Service,
            Namespace = Service.Namespace,
            Labels = Version.Labels.ContainsKey(SubsetConfig.VersionLabel) ? Endpoint.Labels : [.. Endpoint.Labels, new(SubsetConfig.VersionLabel, Endpoint.Version)],
        },
        Inbound = new InboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, Endpoint.Address!.Port), Application = Application, EndpointId = Endpoint.Id },
        Outbound = [AnyPort],
    };

    /// <summary>The synthetic service, where it is one.</summary>
    public SyntheticServiceOptions Synthetic(ulong seed) =>
        new() { Service = Service, Version = Version, Replica = Number, Seed = seed, Listen = new IPEndPoint(IPAddress.Loopback, Application.Port) };

    /// <summary>The ingress of a world, which stands before no replica.</summary>
    public static LiveProxyConfig Ingress(WorldConfig config) => new()
    {
        Name = World.Ingress,
        Service = World.Ingress,
        Zone = config.Zones.Count > 0 ? config.Zones[0] : "",
        Identity = World.IngressIdentity,
        Caller = new CallerInfo { Service = World.Ingress },
        Outbound = [AnyPort],
    };

    private static OutboundConfig AnyPort => new() { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
}
