using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>The plain TCP side of a sidecar.</summary>
/// <param name="proxy">The sidecar.</param>
internal sealed class LiveTcp(LiveProxy proxy)
{
    private readonly LiveNode _node = proxy.Node;

    /// <summary>Connections of the local application to a service.</summary>
    public TcpProxy Outbound(string service)
    {
        _node.Directory.AddService(service);
        var route = new ServiceRoute(proxy.Outbound, _node.Directory.AddClass(service, MeshDirectory.AnyPath), new TcpDialer(proxy.Tls is { } tls ? tls.SecureAsync : null), proxy.TcpFaults) { Caller = proxy.Place };
        return Create(route, new TcpProxyOptions { Reporter = Reporter.Source, ProxyId = proxy.Id, Caller = proxy.Place, Source = proxy.Workload, DrainTimeout = proxy.Config.DrainTime });
    }

    /// <summary>Connections from the network to the local application.</summary>
    public TcpProxy Inbound(EndpointAddress application)
    {
        var route = new DirectRoute(new TcpDialer(), proxy.TcpFaults, _node.Time, application) { Callee = proxy.Place, Destination = proxy.Workload };
        return Create(route, new TcpProxyOptions { Reporter = Reporter.Destination, ProxyId = proxy.Id, DrainTimeout = proxy.Config.DrainTime });
    }

    private TcpProxy Create(ITcpRoute route, TcpProxyOptions options) => new(route, proxy.TcpFaults, _node.Time, _node.Random, new Log(_node), options);

    private sealed class Log(LiveNode node) : IRequestLog
    {
        public void On(RequestFacts request) => node.Report(request);
    }
}
