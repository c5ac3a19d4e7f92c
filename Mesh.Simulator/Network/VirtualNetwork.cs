using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// The virtual world's upstream: the way of a request from the caller's sidecar over the modelled network to the callee's, and of the answer back.
/// It charges what the pipelines above decided: round trips for a new connection, latency, bandwidth and loss for each message, and the sidecars' own time.
/// </summary>
internal sealed class VirtualNetwork : IUpstream
{
    private readonly List<NetworkNode?> _endpoints = [];
    private readonly List<NetworkNode?> _proxies = [];
    private readonly Pool<VirtualExchange> _exchanges;
    private readonly Topology _topology;
    private readonly bool _mutualTls;
    private readonly long _perRequest;
    private readonly long _perHandshake;
    private readonly int _sidecarWorkers;

    public VirtualNetwork(WorldConfig config, EventLoop loop, KeyedRandom random)
    {
        Loop = loop;
        _topology = new Topology(config.Zones, config.Network, random);
        _exchanges = new Pool<VirtualExchange>(() => new VirtualExchange(this));
        _mutualTls = config.Network.MutualTls;
        _perRequest = config.Sidecar.PerRequest.Ticks;
        _perHandshake = config.Sidecar.PerHandshake.Ticks;
        _sidecarWorkers = config.Sidecar.Workers;
    }

    public EventLoop Loop { get; }

    public Topology Topology => _topology;

    /// <summary>Whether sidecars take time of their own.</summary>
    public bool SidecarsCost => _perRequest > 0 || _perHandshake > 0;

    /// <summary>A place on the network: the zone it is in, its sidecar's processor, and the pipeline behind it.</summary>
    internal sealed record NetworkNode(int Zone, SidecarProcessor? Processor, InboundPipeline? Inbound, bool CancelsWork);

    /// <summary>Connects a proxy, and the endpoint behind it if there is one.</summary>
    public void Attach(int proxyId, int endpointId, string zone, InboundPipeline? inbound, bool cancelsWork)
    {
        var node = new NetworkNode(_topology.ZoneOf(zone), SidecarsCost ? new SidecarProcessor(_sidecarWorkers) : null, inbound, cancelsWork);
        Put(_proxies, proxyId, node);
        if (endpointId >= 0) Put(_endpoints, endpointId, node);
    }

    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
    {
        var caller = _proxies[attempt.ProxyId]!;
        var callee = attempt.Endpoint.Id < _endpoints.Count ? _endpoints[attempt.Endpoint.Id] : null;
        if (callee is null) return new ValueTask<UpstreamReply>(UpstreamReply.ConnectFailure);
        return _exchanges.Rent().Begin(attempt, caller, callee, cancellation);
    }

    public void Return(VirtualExchange exchange) => _exchanges.Return(exchange);

    /// <summary>When the request's last byte reaches the callee's sidecar.</summary>
    public long Deliver(VirtualExchange x, long now)
    {
        var link = _topology.Between(x.Caller.Zone, x.Callee.Zone);
        if (x.OpensConnection) now = Connect(x, link, _topology.Between(x.Callee.Zone, x.Caller.Zone), now);
        now = ServeSidecar(x.Caller, now, _perRequest);
        return link.Send(now, x.Request.BodyBytes, Concern.RequestLatency, x.Request.Key, x.Request.Attempt).Last;
    }

    /// <summary>When the callee's sidecar has dealt with the request.</summary>
    public long Accept(VirtualExchange x, long now) =>
        ServeSidecar(x.Callee, now, _perRequest + (x.OpensConnection && _mutualTls ? _perHandshake : 0));

    /// <summary>When the answer's headers and its last byte reach the caller.</summary>
    public (long First, long Last) Answer(VirtualExchange x, long bytes, long now) =>
        _topology.Between(x.Callee.Zone, x.Caller.Zone).Send(now, bytes, Concern.ResponseLatency, x.Request.Key, x.Request.Attempt);

    /// <summary>When the news that the caller gave up reaches the callee.</summary>
    public long Reset(VirtualExchange x, long now) =>
        _topology.Between(x.Caller.Zone, x.Callee.Zone).Send(now, 0, Concern.RequestLatency, x.Request.Key, x.Request.Attempt, index: 1).First;

    /// <summary>One round trip for TCP (RFC 9293) and, with mutual TLS, one for TLS 1.3 (RFC 8446) and the caller's handshake work.</summary>
    private long Connect(VirtualExchange x, Link there, Link back, long now)
    {
        int roundTrips = _mutualTls ? 2 : 1;
        for (int i = 0; i < roundTrips; i++)
        {
            now = there.Send(now, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt, 2 * i).First;
            now = back.Send(now, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt, 2 * i + 1).First;
        }
        return _mutualTls ? ServeSidecar(x.Caller, now, _perHandshake) : now;
    }

    private static long ServeSidecar(NetworkNode node, long now, long cost) =>
        cost == 0 ? now : node.Processor!.Serve(now, cost);

    private static void Put(List<NetworkNode?> nodes, int id, NetworkNode node)
    {
        while (nodes.Count <= id) nodes.Add(null);
        nodes[id] = node;
    }
}
