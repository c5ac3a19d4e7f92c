using System.Net;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// The virtual world's upstream: the way of a request from the caller's sidecar over the modelled network to the callee's, and of the answer back.
/// It charges what the pipelines above decided: round trips for a new connection, latency, bandwidth and loss for each message, and the sidecars' own time.
/// </summary>
internal sealed class VirtualNetwork : IUpstream, IEndpointProbe
{
    private readonly List<NetworkNode?> _endpoints = [];
    private readonly List<NetworkNode?> _proxies = [];
    private readonly Pool<VirtualExchange> _exchanges;
    private readonly Pool<LoadProbe> _probes;
    private readonly List<LinkFault> _faults = [];
    private readonly KeyedRandom _random;
    private readonly Topology _topology;
    private readonly bool _mutualTls;
    private readonly long _perRequest;
    private readonly long _perHandshake;
    private readonly int _sidecarWorkers;

    public VirtualNetwork(WorldConfig config, EventLoop loop, KeyedRandom random)
    {
        Loop = loop;
        _random = random;
        _topology = new Topology(config.Zones, config.Network, random);
        _exchanges = new Pool<VirtualExchange>(() => new VirtualExchange(this));
        _probes = new Pool<LoadProbe>(() => new LoadProbe(this));
        _mutualTls = config.Network.MutualTls;
        _perRequest = config.Sidecar.PerRequest.Ticks;
        _perHandshake = config.Sidecar.PerHandshake.Ticks;
        _sidecarWorkers = config.Sidecar.Workers;
    }

    public EventLoop Loop { get; }

    /// <summary>The index of a zone; 0 where zones are not used.</summary>
    public int ZoneOf(string name) => _topology.ZoneOf(name);

    /// <summary>Whether a zone has this name.</summary>
    public bool HasZone(string name) => _topology.HasZone(name);

    /// <summary>Whether sidecars take time of their own.</summary>
    public bool SidecarsCost => _perRequest > 0 || _perHandshake > 0;

    /// <summary>Connects the ingress.</summary>
    public void Attach(int proxyId, int service, string zone) => Attach(proxyId, -1, service, zone, IPAddress.Parse("10.0.0.1"), null, null, cancelsWork: false);

    /// <summary>Connects a proxy, and the endpoint behind it if there is one.</summary>
    public void Attach(int proxyId, int endpointId, int service, string zone, IPAddress? address, InboundPipeline? inbound, VirtualReplica? replica, bool cancelsWork)
    {
        var place = new NetworkPlace(_topology.ZoneOf(zone), service, endpointId >= 0);
        var node = new NetworkNode(place, SidecarsCost ? new SidecarProcessor(_sidecarWorkers) : null, inbound, cancelsWork) { Address = address, Replica = replica };
        Put(_proxies, proxyId, node);
        if (endpointId >= 0) Put(_endpoints, endpointId, node);
    }

    /// <summary>The node of an endpoint.</summary>
    public NetworkNode NodeOf(int endpoint) => _endpoints[endpoint]!;

    /// <summary>Where a proxy stands.</summary>
    public NetworkPlace PlaceOf(int proxy) => _proxies[proxy]!.Place;

    /// <summary>Puts a fault of the network in force.</summary>
    public void Add(LinkFault fault) => _faults.Add(fault);

    /// <summary>Takes a fault of the network out of force.</summary>
    public void Remove(LinkFault fault) => _faults.Remove(fault);

    /// <summary>Where an endpoint stands, or <c>null</c> when there is none.</summary>
    public NetworkNode? FindEndpoint(int id) => id < _endpoints.Count ? _endpoints[id] : null;

    /// <summary>Where a proxy stands, or <c>null</c> when there is none.</summary>
    public NetworkNode? FindProxy(int id) => id < _proxies.Count ? _proxies[id] : null;

    /// <summary>Round trips of a new connection: one for TCP (RFC 9293) and, with mutual TLS, one for TLS 1.3 (RFC 8446).</summary>
    public int HandshakeRoundTrips => _mutualTls ? 2 : 1;

    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
    {
        var caller = _proxies[attempt.ProxyId]!;
        var callee = attempt.Endpoint.Id < _endpoints.Count ? _endpoints[attempt.Endpoint.Id] : null;
        if (callee is null) return new ValueTask<UpstreamReply>(UpstreamReply.ConnectFailure);
        return _exchanges.Rent().Begin(attempt, caller, callee, cancellation);
    }

    /// <summary>A message there and one back. A process that is gone or stands still does not answer; nobody waits for it.</summary>
    public void Probe(int proxy, int endpoint, ulong key, IProbeListener listener)
    {
        if (FindEndpoint(endpoint) is { } callee) _probes.Rent().Begin(_proxies[proxy]!, callee, endpoint, key, listener);
    }

    public void Return(LoadProbe probe) => _probes.Return(probe);

    public void Return(VirtualExchange exchange) => _exchanges.Return(exchange);

    /// <summary>When the request's last byte reaches the callee's sidecar, or when the caller learns that there is no connection.</summary>
    /// <param name="x">The exchange.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="connected">Whether there is a connection.</param>
    public long Deliver(VirtualExchange x, long now, out bool connected)
    {
        connected = true;
        if (x.Callee.Refuses)
        {
            connected = false;
            long refused = Send(x.Caller.Place, x.Callee.Place, now, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt).First;
            return Send(x.Callee.Place, x.Caller.Place, refused, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt, 1).First;
        }
        if (x.OpensConnection)
        {
            long established = Connect(x, now);
            connected = established - now <= x.ConnectTimeout;
            if (!connected) return now + x.ConnectTimeout;
            now = established;
            connected = !_mutualTls || NetworkNode.Agree(x.Caller, x.Callee);
            if (!connected) return now;
        }
        now = ServeSidecar(x.Caller, now, _perRequest);
        return Send(x.Caller.Place, x.Callee.Place, now, x.Request.BodyBytes, Concern.RequestLatency, x.Request.Key, x.Request.Attempt).Last;
    }

    /// <summary>When the callee's sidecar has dealt with the request.</summary>
    public long Accept(VirtualExchange x, long now) =>
        ServeSidecar(x.Callee, now, _perRequest + (x.OpensConnection && _mutualTls ? _perHandshake : 0));

    /// <summary>When the answer's headers and its last byte reach the caller.</summary>
    public (long First, long Last) Answer(VirtualExchange x, long bytes, long now) =>
        Send(x.Callee.Place, x.Caller.Place, now, bytes, Concern.ResponseLatency, x.Request.Key, x.Request.Attempt);

    /// <summary>When the news that the caller gave up reaches the callee.</summary>
    public long Reset(VirtualExchange x, long now) =>
        Send(x.Caller.Place, x.Callee.Place, now, 0, Concern.RequestLatency, x.Request.Key, x.Request.Attempt, index: 1).First;

    /// <summary>When a message sent now arrives, its first and its last byte: what the link says, and what the faults in force add.</summary>
    public (long First, long Last) Send(NetworkPlace from, NetworkPlace to, long now, long bytes, Concern concern, ulong key, int attempt, int index = 0)
    {
        var (first, last) = _topology.Between(from.Zone, to.Zone).Send(now, bytes, concern, key, attempt, index);
        if (_faults.Count == 0) return (first, last);
        long extra = 0;
        foreach (var fault in _faults)
            if (fault.Hits(from, to)) extra += fault.Extra(_random, now + extra, key, attempt, (int)concern << 16 | index << 8);
        return (first + extra, last + extra);
    }

    /// <summary>One round trip for TCP (RFC 9293) and, with mutual TLS, one for TLS 1.3 (RFC 8446) and the caller's handshake work.</summary>
    private long Connect(VirtualExchange x, long now)
    {
        int roundTrips = _mutualTls ? 2 : 1;
        for (int i = 0; i < roundTrips; i++)
        {
            now = Send(x.Caller.Place, x.Callee.Place, now, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt, 2 * i).First;
            now = Send(x.Callee.Place, x.Caller.Place, now, 0, Concern.Handshake, x.Request.Key, x.Request.Attempt, 2 * i + 1).First;
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
