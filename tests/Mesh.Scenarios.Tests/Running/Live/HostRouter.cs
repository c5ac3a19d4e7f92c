using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Scenarios.Running.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Scenarios.Tests.Running.Live;

/// <summary>What a sidecar is to an application without any policy: it sends a request where its host header says. It remembers what it saw.</summary>
internal sealed class HostRouter : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, EndpointAddress> _services = new();
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    private WebApplication _host = null!;

    public EndpointAddress Address { get; private set; } = null!;

    public ConcurrentQueue<SeenCall> Seen { get; } = [];

    public static async Task<HostRouter> StartAsync()
    {
        var router = new HostRouter();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddHttpForwarder();
        router._host = builder.Build();
        var forwarder = router._host.Services.GetRequiredService<IHttpForwarder>();
        router._host.Run(context => router.ForwardAsync(context, forwarder));
        await router._host.StartAsync();
        router.Address = new EndpointAddress("127.0.0.1", new Uri(router._host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port);
        return router;
    }

    public void Route(string service, SyntheticService to) => _services[service] = to.Address;

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, IHttpForwarder forwarder)
    {
        string service = context.Request.Host.Host;
        var headers = context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());
        if (_services.TryGetValue(service, out var address)) await forwarder.SendAsync(context, $"http://{address}", _client);
        else context.Response.StatusCode = 404;
        Seen.Enqueue(new SeenCall(service, context.Request.Path, context.Request.Method, headers)
        {
            Query = context.Request.QueryString.Value ?? "",
            Status = context.Response.StatusCode,
            Bytes = context.Response.ContentLength ?? 0,
            ServerTiming = context.Response.Headers["server-timing"].ToString(),
        });
    }
}

/// <summary>A request that came by, and its answer's head.</summary>
internal sealed record SeenCall(string Service, string Path, string Method, IReadOnlyDictionary<string, string> Headers)
{
    public string Query { get; init; } = "";

    public int Status { get; init; }

    public long Bytes { get; init; }

    public string ServerTiming { get; init; } = "";

    public ulong Key => MeshHeaders.TryParse(Headers.GetValueOrDefault(MeshHeaders.Key), out ulong key) ? key : 0;

    public ulong Parent => MeshHeaders.TryParse(Headers.GetValueOrDefault(MeshHeaders.Parent), out ulong key) ? key : 0;
}
