using System.Net;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.Security.Identities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Runtime.ControlPlane.Hosting;

/// <summary>Where sidecars connect: a port of its own, on which nothing else is answered.</summary>
internal sealed class ProxyPort : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ProxyPort(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => AddressOf(_app);

    /// <summary>Takes sidecars in.</summary>
    /// <param name="listen">Where; port 0 is a free one.</param>
    /// <param name="identity">Who the control plane is; <c>null</c> speaks plain text.</param>
    /// <param name="options">What it stands on.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<ProxyPort> StartAsync(IPEndPoint listen, WorkloadIdentity? identity, ControlPlaneTransportOptions options, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenMeshControlPlane(listen, identity));
        builder.Services.AddRoutingCore().AddMeshControlPlane(options);
        var app = builder.Build();
        app.MapMeshControlPlane();
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return new ProxyPort(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Where a host listens.</summary>
    public static IPEndPoint AddressOf(WebApplication app)
    {
        var uri = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return new IPEndPoint(IPAddress.Parse(uri.Host.Trim('[', ']')), uri.Port);
    }
}
