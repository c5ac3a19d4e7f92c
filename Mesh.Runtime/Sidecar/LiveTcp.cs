using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Sidecar.Tcp.Interception;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>The plain TCP side of a sidecar.</summary>
/// <param name="proxy">The sidecar.</param>
internal sealed class LiveTcp(LiveProxy proxy)
{
    private readonly LiveNode _node = proxy.Node;

    /// <summary>Connections of the local application: to a service, or, where they are intercepted, to where they were going.</summary>
    public TcpProxy Outbound(OutboundConfig outbound)
    {
        ITcpRoute route = outbound.Intercepted is not { } unknown ? RouteTo(outbound.Service!)
            : new InterceptionRoute(new DestinationServices(proxy.Outbound), service => RouteTo(service.Name), RouteTo, unknown);
        return Create(route, new TcpProxyOptions { Reporter = Reporter.Source, ProxyId = proxy.Id, Caller = proxy.Place, Source = proxy.Workload, DrainTimeout = proxy.Config.DrainTime });
    }

    /// <summary>Connections from the network to the local application.</summary>
    public TcpProxy Inbound(EndpointAddress application)
    {
        var route = new DirectRoute(new TcpDialer(mark: proxy.Config.Mark), proxy.TcpFaults, _node.Time, application) { Callee = proxy.Place, Destination = proxy.Workload };
        return Create(new AuthorizedRoute(proxy, route), new TcpProxyOptions { Reporter = Reporter.Destination, ProxyId = proxy.Id, DrainTimeout = proxy.Config.DrainTime });
    }

    private ServiceRoute RouteTo(string service)
    {
        _node.Directory.AddService(service);
        return new ServiceRoute(proxy.Outbound, _node.Directory.AddClass(service, MeshDirectory.AnyPath), proxy.Dialer, proxy.TcpFaults) { Caller = proxy.Place };
    }

    /// <summary>The way to an address that the mesh does not know; there is no identity to expect.</summary>
    private DirectRoute RouteTo(EndpointAddress address) =>
        new(new TcpDialer(mark: proxy.Config.Mark), proxy.TcpFaults, _node.Time, address) { Caller = proxy.Place, Destination = WorkloadFacts.Unknown with { Service = "PassthroughCluster" } };

    private TcpProxy Create(ITcpRoute route, TcpProxyOptions options) => new(route, proxy.TcpFaults, _node.Time, _node.Random, new Log(_node), options with { Opened = _node.Telemetry.TcpOpened });

    private sealed class Log(LiveNode node) : IRequestLog
    {
        public void On(RequestFacts request) => node.Report(request);
    }
}
