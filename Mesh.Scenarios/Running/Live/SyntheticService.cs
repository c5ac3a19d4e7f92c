using Grpc.AspNetCore.Server.Model;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Mesh.Scenarios.Running.Live;

/// <summary>A replica of a synthetic service on a port of its own: HTTP/1.1, HTTP/2 without TLS, and gRPC.</summary>
internal sealed class SyntheticService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServiceFront _front;
    private readonly HealthServiceImpl _health = new();
    private readonly HandOver _http2 = new();
    private readonly SyntheticServiceOptions _options;

    private SyntheticService(SyntheticServiceOptions options, LiveReplicaPorts ports)
    {
        _options = options;
        _front = new ServiceFront(options, new KeyedRandom(options.Seed), ports);
        _app = Build();
        Readiness = ServiceReadiness.Ready;
    }

    /// <summary>Where it listens.</summary>
    public EndpointAddress Address { get; private set; } = new("127.0.0.1", 0);

    /// <summary>The replica's name.</summary>
    public string Name => _front.Name;

    /// <summary>What its health says, over HTTP and gRPC; requests are answered all the same.</summary>
    public ServiceReadiness Readiness
    {
        get => _front.Readiness;
        set
        {
            _front.Readiness = value;
            var status = value == ServiceReadiness.Ready ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing;
            foreach (string service in (string[])["", _options.Service.Name, Grpc.Synthetic.Descriptor.FullName]) _health.SetStatus(service, status);
        }
    }

    /// <summary>The state machine behind it.</summary>
    public LiveReplica Replica => _front.Replica;

    /// <summary>What its workers did so far.</summary>
    public ReplicaReading Read() => _front.Read();

    /// <summary>A service that listens.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<SyntheticService> StartAsync(SyntheticServiceOptions options, LiveReplicaPorts ports, CancellationToken cancellation = default)
    {
        var service = new SyntheticService(options, ports);
        try
        {
            await service._app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        string listening = service._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var address = new Uri(listening);
        service.Address = new EndpointAddress(address.Host.Trim('[', ']'), address.Port);
        return service;
    }

    /// <summary>Ends it: its health says so, it takes no new connection, and answers what it has taken.</summary>
    /// <param name="limit">How long it may take; what is unanswered then is cut off.</param>
    /// <returns>Whether all was answered.</returns>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        Readiness = ServiceReadiness.Draining;
        using var cut = new CancellationTokenSource(limit, TimeProvider.System);
        await _app.StopAsync(cut.Token).ConfigureAwait(false);
        return !cut.IsCancellationRequested;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().ConfigureAwait(false);

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.Services.AddSingleton<IConnectionListenerFactory>(_http2);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = GrpcFront.LargestMessage;
            grpc.MaxSendMessageSize = null;
            grpc.IgnoreUnknownServices = true;   // none is unknown: AnyMethod answers
        });
        builder.Services.AddSingleton(_front);
        builder.Services.AddSingleton(new GrpcFront(_front));
        builder.Services.AddSingleton(_health);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<GrpcFront>, AnyMethod>());
        // Signals are the command line's: a process may hold many services.
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var app = builder.Build();
        app.MapWhen(IsGrpc, grpc => grpc.UseRouting().UseEndpoints(endpoints =>
        {
            endpoints.MapGrpcService<GrpcFront>();
            endpoints.MapGrpcService<HealthServiceImpl>();
        }));
        app.Run(_front.HandleAsync);
        return app;
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // Bodies are read and dropped, and written from one block: their size and their speed are the scenario's.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1024;
        kestrel.Listen(_options.Listen, listen => listen.Use(next => Http2PriorKnowledge.Middleware(next, _http2, TimeProvider.System)));
        kestrel.Listen(_http2.Address, listen => listen.Protocols = HttpProtocols.Http2);
    }

    private static bool IsGrpc(HttpContext context) =>
        context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true && HttpProtocol.IsHttp2(context.Request.Protocol);

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
