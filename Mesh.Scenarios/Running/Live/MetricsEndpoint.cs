using System.Net;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Scenarios.Running.Live;

/// <summary><c>/metrics</c> for Prometheus, on an address of its own.</summary>
internal sealed class MetricsEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MetricsEndpoint(WebApplication app) => _app = app;

    /// <summary>Serves the metrics.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<MetricsEndpoint> StartAsync(LiveTelemetry telemetry, IPEndPoint address, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        telemetry.MapMetrics(app);
        await app.StartAsync(cancellation).ConfigureAwait(false);
        return new MetricsEndpoint(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
