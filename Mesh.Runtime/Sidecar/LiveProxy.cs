using System.Net;
using System.Text;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Sidecar.Inbound;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Sidecar.Tcp.Interception;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar;

/// <summary>One sidecar of the live data plane: Kestrel's listeners, YARP, and between them the same pipelines that the virtual world runs.</summary>
public sealed class LiveProxy : IAsyncDisposable
{
    private readonly HttpMessageInvoker _client;
    private readonly HandOver _http2 = new();
    private readonly WorkloadIdentity? _identity;
    private readonly TlsModes _modes;
    private readonly InboundTokens _tokens;
    private readonly List<GatedEndPoint> _gates = [];
    private WebApplication? _host;
    private LocalApplication? _application;
    private Passthrough? _passthrough;

    /// <summary>A line ends with CR LF and nothing else, in all of the process: Kestrel asks this switch only.</summary>
    static LiveProxy() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    internal LiveProxy(LiveNode node, LiveProxyConfig config, WorkloadIdentity? identity)
    {
        Node = node;
        Config = config;
        _identity = identity;
        var entry = node.Directory.Proxies[node.Directory.AddProxy(config.Name, config.Service, config.Zone)];
        Id = entry.Id;
        Outbound = new OutboundPipeline(node.Plane, entry, config.Identity) { Caller = config.Caller };
        _client = new HttpMessageInvoker(new OutboundHandler(this));
        Workload = LiveNode.WorkloadFactsOf(config.Service, config.Version, config.Name, config.Identity);
        Entry = entry;
        TcpFaults = new TcpFaultTable(node.Random, node.Time);
        _modes = new TlsModes(Outbound);
        _tokens = new InboundTokens(this);
        if (identity is null) return;
        Tls = new UpstreamTls(identity, _modes, why => node.Telemetry.TlsRefused(Id, why));
        identity.Changed += Renewed;
    }

    /// <summary>Its id in the <see cref="MeshDirectory"/>.</summary>
    public int Id { get; }

    /// <summary>What it was told.</summary>
    public LiveProxyConfig Config { get; }

    /// <summary>Its side of the control plane; it takes snapshots once the sidecar has been started.</summary>
    public ProxyAgent Agent { get; private set; } = null!;

    /// <summary>Where it takes requests from the network; <c>null</c> where it does not.</summary>
    public IPEndPoint? InboundAddress { get; private set; }

    /// <summary>Where it takes its application's requests, in the order of <see cref="LiveProxyConfig.Outbound"/>.</summary>
    public IReadOnlyList<IPEndPoint> OutboundAddresses { get; private set; } = [];

    /// <summary>Faults of its plain TCP connections.</summary>
    public TcpFaultTable TcpFaults { get; }

    internal UpstreamTls? Tls { get; }

    /// <summary>Opens plain connections to endpoints.</summary>
    internal TcpDialer Dialer => new(Tls is { } tls ? tls.SecureAsync : null, Config.Mark);

    internal LiveNode Node { get; }

    internal ProxyEntry Entry { get; }

    internal OutboundPipeline Outbound { get; }

    internal WorkloadFacts Workload { get; }

    /// <summary>Where it stands, as TCP faults speak of places.</summary>
    internal TcpPlace Place => new() { Service = Config.Service, Version = Config.Version, Zone = Config.Zone, Replica = Config.Name };

    /// <summary>Opens the listeners.</summary>
    /// <exception cref="IOException">An address is taken or cannot be listened on; the message says which.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_http2);
        builder.Services.AddTcpListening();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);   // the drain time is ours
        builder.WebHost.ConfigureKestrel(Listen);
        _host = builder.Build();
        _host.Run(context => context.Features.Get<IRequestListener>()!.HandleAsync(context));
        await _host.StartAsync(cancellation).ConfigureAwait(false);
        NoteAddresses();
    }

    /// <summary>Closes the listeners; requests in progress have <see cref="LiveProxyConfig.DrainTime"/> to end.</summary>
    public ValueTask DisposeAsync() => StopAsync(Config.DrainTime);

    /// <summary>Closes the listeners. Clients that keep connections are told: <c>Connection: close</c>, GOAWAY.</summary>
    /// <param name="drain">How long requests in progress have to end; zero breaks them off, as a crash does.</param>
    public async ValueTask StopAsync(TimeSpan drain)
    {
        if (_host is not null)
        {
            using var drained = new CancellationTokenSource(drain, Node.Time);
            await _host.StopAsync(drained.Token).ConfigureAwait(false);
            await _host.DisposeAsync().ConfigureAwait(false);
        }
        if (_identity is not null) _identity.Changed -= Renewed;
        Node.Remove(this);   // the last: requests in progress may still be retried
        _application?.Dispose();
        _passthrough?.Dispose();
        _client.Dispose();
        _tokens.Dispose();
        TcpFaults.Dispose();
        foreach (var gate in _gates) gate.Dispose();
    }

    private void Renewed(IdentityEvent change)
    {
        if (change.Kind is IdentityEventKind.Renewed or IdentityEventKind.RenewalFailed) Node.Telemetry.IdentityRenewed(Id, change.Kind == IdentityEventKind.Renewed);
    }

    internal void Report(RequestFacts facts, in HopTrace trace)
    {
        Node.Telemetry.Tracing.EndHop(trace, facts);
        Node.Report(facts);
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        SetLimits(kestrel);
        var forwarder = kestrel.ApplicationServices.GetRequiredService<IHttpForwarder>();
        InboundPipeline? inbound = null;
        if (Config.Inbound is { Protocol: ListenerProtocol.Http } http)
        {
            _application = new LocalApplication(forwarder, http.Application, Config.Mark, Node.Time);
            inbound = new InboundPipeline(Node.Plane, Entry, http.EndpointId, _application);
            kestrel.Listen(http.Listen, listen => Serve(listen, new InboundListener(this, inbound, _tokens), secure: true));
        }
        else if (Config.Inbound is { } tcp)
        {
            ListenTcp(kestrel, tcp.Listen, new LiveTcp(this).Inbound(tcp.Application), secure: true);
        }
        Agent = new ProxyAgent(Outbound, inbound, Config.Reconnect);
        foreach (var outbound in Config.Outbound)
        {
            if (outbound.Protocol == ListenerProtocol.Tcp) ListenTcp(kestrel, outbound.Listen, new LiveTcp(this).Outbound(outbound), secure: false);
            else kestrel.Listen(outbound.Listen, listen => ServeOutbound(listen, outbound, forwarder));
        }
        kestrel.Listen(_http2.Address, listen => listen.Protocols = HttpProtocols.Http2);
    }

    private void ServeOutbound(ListenOptions listen, OutboundConfig outbound, IHttpForwarder forwarder)
    {
        var intercepted = outbound.Intercepted is null ? null : new DestinationServices(Outbound);
        if (intercepted is not null) listen.Use(InterceptedConnection.Middleware);
        if (outbound.Intercepted == UnknownDestinations.AllowAny) _passthrough ??= new Passthrough(this, forwarder);
        Serve(listen, new OutboundListener(this, forwarder, _client, outbound.Service) { Intercepted = intercepted, Others = outbound.Intercepted == UnknownDestinations.AllowAny ? _passthrough : null }, secure: false);
    }

    private void ListenTcp(KestrelServerOptions kestrel, IPEndPoint address, TcpProxy proxy, bool secure)
    {
        var gate = new GatedEndPoint(address.Address, address.Port, TcpFaults, secure ? TcpPlace.Any : Place, secure ? Place : TcpPlace.Any);
        _gates.Add(gate);
        kestrel.ListenTcp(gate, proxy, listen => Secure(listen, secure));
    }

    /// <summary>Mutual TLS on what comes from the network, where the sidecar has an identity.</summary>
    private void Secure(ListenOptions listen, bool secure)
    {
        if (!secure || _identity is not { } identity) return;
        MutualTlsMiddleware.Use(listen, new MutualTlsOptions { Identity = identity, Mode = () => _modes.Of(Config.Service), Refused = refused => TlsRefusals.Report(this, refused) });
    }

    private void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true;   // HTTP/2 in plain text says http
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;   // byte by byte, whatever they mean
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        var limits = kestrel.Limits;
        limits.RequestHeadersTimeout = Config.HeadTimeout;
        limits.KeepAliveTimeout = Config.IdleTimeout;
        limits.Http2.MaxRequestHeaderFieldSize = Config.HeadBytes;
        limits.MaxRequestHeadersTotalSize = Config.HeadBytes;
        limits.MaxRequestHeaderCount = Config.HeaderCount;
        limits.MaxRequestLineSize = Math.Min(limits.MaxRequestLineSize * 2, Config.HeadBytes);
        limits.MaxRequestBodySize = Config.BodyBytes;
        limits.MinRequestBodyDataRate = null;   // slow streams are the route's idle time-out's concern
        limits.MinResponseDataRate = null;
    }

    private void Serve(ListenOptions listen, IRequestListener listener, bool secure)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        Secure(listen, secure);
        listen.Use(next => connection =>
        {
            connection.Features.Set(listener);
            return next(connection);
        });
        listen.Use(next => Http2PriorKnowledge.Middleware(next, _http2, Node.Time, Config.IdleTimeout));
    }

    private void NoteAddresses()
    {
        int count = Config.Outbound.Count + (Config.Inbound is null ? 0 : 1);
        var bound = _host!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Take(count)
            .Select(address => new Uri(address)).Select(uri => new IPEndPoint(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port)).ToList();
        if (Config.Inbound is not null)
        {
            InboundAddress = bound[0];
            bound.RemoveAt(0);
        }
        OutboundAddresses = bound;
    }

    /// <summary>Signals are the command line's: a process may hold many sidecars.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
