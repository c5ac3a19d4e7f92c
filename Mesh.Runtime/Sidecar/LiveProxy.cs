using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar.Inbound;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar;

/// <summary>One sidecar of the live data plane: Kestrel's listeners, YARP, and between them the same pipelines that the virtual world runs.</summary>
public sealed class LiveProxy : IAsyncDisposable
{
    private readonly HttpMessageInvoker _client;
    private readonly HandOver _http2 = new();
    private WebApplication? _host;
    private LocalApplication? _application;

    internal LiveProxy(LiveNode node, LiveProxyConfig config)
    {
        Node = node;
        Config = config;
        var entry = node.Directory.Proxies[node.Directory.AddProxy(config.Name, config.Service, config.Zone)];
        Id = entry.Id;
        Outbound = new OutboundPipeline(node.Plane, entry, config.Identity) { Caller = config.Caller };
        _client = new HttpMessageInvoker(new OutboundHandler(this));
        Workload = LiveNode.WorkloadFactsOf(config.Service, config.Version, config.Name, config.Identity);
        Entry = entry;
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

    internal LiveNode Node { get; }

    internal ProxyEntry Entry { get; }

    internal OutboundPipeline Outbound { get; }

    internal WorkloadFacts Workload { get; }

    /// <summary>Opens the listeners.</summary>
    /// <exception cref="IOException">An address is taken or cannot be listened on; the message says which.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(_http2);
        builder.WebHost.ConfigureKestrel(Listen);
        _host = builder.Build();
        _host.Run(context => context.Features.Get<IRequestListener>()!.HandleAsync(context));
        await _host.StartAsync(cancellation).ConfigureAwait(false);
        NoteAddresses();
    }

    /// <summary>Closes the listeners; requests in progress have <see cref="LiveProxyConfig.DrainTime"/> to end.</summary>
    public async ValueTask DisposeAsync()
    {
        Node.Remove(this);
        if (_host is null) return;
        using var drained = new CancellationTokenSource(Config.DrainTime, Node.Time);
        await _host.StopAsync(drained.Token).ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        _application?.Dispose();
        _client.Dispose();
    }

    internal void Report(RequestFacts facts) => Node.Report(facts);

    private void Listen(KestrelServerOptions kestrel)
    {
        SetLimits(kestrel);
        var forwarder = kestrel.ApplicationServices.GetRequiredService<IHttpForwarder>();
        InboundPipeline? inbound = null;
        if (Config.Inbound is { } config)
        {
            _application = new LocalApplication(forwarder, config.Application);
            inbound = new InboundPipeline(Node.Plane, Entry, config.EndpointId, _application);
            kestrel.Listen(config.Listen, listen => Serve(listen, new InboundListener(this, inbound)));
        }
        Agent = new ProxyAgent(Outbound, inbound);
        foreach (var outbound in Config.Outbound)
            kestrel.Listen(outbound.Listen, listen => Serve(listen, new OutboundListener(this, forwarder, _client, outbound.Service)));
        kestrel.Listen(_http2.Address, listen => listen.Protocols = HttpProtocols.Http2);
    }

    private void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true;   // HTTP/2 in plain text says http
        var limits = kestrel.Limits;
        limits.MaxRequestHeadersTotalSize = Config.HeadBytes;
        limits.MaxRequestHeaderCount = Config.HeaderCount;
        limits.MaxRequestLineSize = Math.Min(limits.MaxRequestLineSize * 2, Config.HeadBytes);
        limits.MaxRequestBodySize = Config.BodyBytes;
        limits.MinRequestBodyDataRate = null;   // slow streams are the route's idle time-out's concern
        limits.MinResponseDataRate = null;
    }

    private void Serve(ListenOptions listen, IRequestListener listener)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => connection =>
        {
            connection.Features.Set(listener);
            return next(connection);
        });
        listen.Use(next => Http2PriorKnowledge.Middleware(next, _http2, Node.Time));
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
}
