using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Tests.Security.Tls;

/// <summary>A real listener behind mutual TLS, which says who calls, and remembers whom it refused.</summary>
internal sealed class TlsListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private TlsListener(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public BlockingCollection<RefusedConnection> Refused { get; } = [];

    /// <summary>Requests that came through to the application.</summary>
    public int Requests => _requests;

    /// <summary>What <c>/stream</c> sends, a line for each.</summary>
    public Channel<string> Lines { get; } = Channel.CreateUnbounded<string>();

    public static async Task<TlsListener> StartAsync(WorkloadIdentity identity, MutualTlsMode mode, Func<MutualTlsOptions, MutualTlsOptions>? change = null, ConnectionDelegate? tcp = null)
    {
        TlsListener? listener = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(server => server.Listen(IPAddress.Loopback, 0, listen =>
        {
            var options = new MutualTlsOptions { Identity = identity, Mode = () => mode, Refused = refused => listener!.Refused.Add(refused) };
            MutualTlsMiddleware.Use(listen, change?.Invoke(options) ?? options);
            if (tcp is not null) listen.Use(_ => tcp);
        }));
        var app = builder.Build();
        app.MapGet("/", context =>
        {
            Interlocked.Increment(ref listener!._requests);
            return context.Response.WriteAsync($"{context.Features.Get<IPeerIdentityFeature>()?.Peer?.ToString() ?? "nobody"} by {context.Request.Protocol} over {context.Request.Scheme}");
        });
        app.MapGet("/stream", async context =>
        {
            await context.Response.Body.FlushAsync();
            await foreach (string line in listener!.Lines.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line + "\n");
                await context.Response.Body.FlushAsync();
            }
        });
        await app.StartAsync();
        int port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        return listener = new TlsListener(app, port);
    }

    /// <summary>A client whose connections use mutual TLS.</summary>
    public HttpClient Client(WorkloadIdentity identity, params SpiffeId[] expected) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellation) => await MutualTls.ConnectAsync(
            await ConnectAsync(cancellation), identity, expected, context.DnsEndPoint.Host, MutualTls.ProtocolsFor(context.InitialRequestMessage), cancellation),
    })
    {
        BaseAddress = new Uri($"https://localhost:{Port}"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>A client that does TLS as it is told, without any identity of ours.</summary>
    public HttpClient Client(SslClientAuthenticationOptions tls) => new(new SocketsHttpHandler { SslOptions = tls }) { BaseAddress = new Uri($"https://localhost:{Port}"), Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A client without TLS.</summary>
    public HttpClient PlainClient() => new() { BaseAddress = new Uri($"http://localhost:{Port}"), Timeout = TimeSpan.FromSeconds(30) };

    public async Task<NetworkStream> ConnectAsync(CancellationToken cancellation = default)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Port, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The next refusal.</summary>
    public RefusedConnection Refusal() => Refused.TryTake(out var refused, TimeSpan.FromSeconds(20)) ? refused : throw new TimeoutException("nothing was refused");

    public async ValueTask DisposeAsync()
    {
        Lines.Writer.TryComplete();
        await _app.DisposeAsync();
    }
}
