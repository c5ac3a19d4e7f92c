using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

/// <summary>A real Kestrel with one plain TCP listener in front of an address.</summary>
internal sealed class TcpSidecar : IAsyncDisposable, IRequestLog
{
    public static readonly TcpPlace Shop = new() { Service = "shop", Zone = "a" };
    public static readonly TcpPlace Store = new() { Service = "store", Zone = "b" };

    private readonly WebApplication _app;
    private readonly GatedEndPoint _endpoint;

    private TcpSidecar(LiveTime time, TcpFaultTable faults, Func<TcpSidecar, ITcpRoute> route, TimeSpan? drain, IPEndPoint listen)
    {
        Time = time;
        Faults = faults;
        Proxy = new TcpProxy(route(this), Faults, Time, new KeyedRandom(1), this,
            new TcpProxyOptions { Reporter = Reporter.Source, ProxyId = 7, Caller = Shop, DrainTimeout = drain ?? TimeSpan.FromSeconds(5) });
        _endpoint = new GatedEndPoint(listen.Address, listen.Port, Faults, Shop, Store);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenTcp(_endpoint, Proxy));
        builder.Services.AddTcpListening();
        _app = builder.Build();
    }

    public LiveTime Time { get; }

    public TcpFaultTable Faults { get; }

    public TcpProxy Proxy { get; }

    public int Port => _endpoint.Bound!.Port;

    public ConcurrentQueue<RequestFacts> Log { get; } = new();

    public static Task<TcpSidecar> StartAsync(int upstream, TimeSpan? idle = null, TimeSpan? drain = null, TimeSpan? connect = null) =>
        StartAsync(
            sidecar => new DirectRoute(new TcpDialer(), sidecar.Faults, sidecar.Time, new EndpointAddress("127.0.0.1", upstream))
            {
                Caller = Shop, Callee = Store, IdleTimeout = idle ?? TimeSpan.FromHours(1), ConnectTimeout = connect ?? TimeSpan.FromSeconds(5),
            },
            drain);

    public static async Task<TcpSidecar> StartAsync(Func<TcpSidecar, ITcpRoute> route, TimeSpan? drain = null, int port = 0, IPAddress? address = null)
    {
        var time = new LiveTime();
        var sidecar = new TcpSidecar(time, new TcpFaultTable(new KeyedRandom(1), time), route, drain, new IPEndPoint(address ?? IPAddress.Loopback, port));
        await sidecar._app.StartAsync();
        return sidecar;
    }

    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, Port).Within();
        return client;
    }

    /// <summary>Whether a new connection is reset. The RST may come before the client has noticed that it was connected.</summary>
    public async Task<bool> ResetsAsync()
    {
        try
        {
            using var client = await ConnectAsync();
            await client.Client.SendAsync(new byte[1]);
            return await TcpProxyTests.ResetOf(client.Client) == SocketError.ConnectionReset;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>What the access log says of the next connection that is over.</summary>
    public async Task<RequestFacts> NextLogAsync()
    {
        RequestFacts? facts = null;
        await Wait.Until(() => Log.TryDequeue(out facts), "the access log has no entry");
        return facts!;
    }

    public ActiveTcpFault Inject(ToxicConfig toxic, TcpStream stream = TcpStream.Downstream, double seconds = 60, double toxicity = 1) =>
        Faults.Begin(new TcpFaultConfig { Name = toxic.Type, Toxic = toxic, Stream = stream, Toxicity = toxicity }, TimeSpan.FromSeconds(seconds));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        now.Cancel();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _endpoint.Dispose();
        Faults.Dispose();
    }

    void IRequestLog.On(RequestFacts request) => Log.Enqueue(request);
}

/// <summary>Waiting for facts, generously: eight builds may run beside this.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task Until(Func<bool> fact, string otherwise)
    {
        var deadline = DateTime.UtcNow + Limit;
        while (!fact())
        {
            Assert.True(DateTime.UtcNow < deadline, otherwise);
            await Task.Delay(5);
        }
    }

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Within(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Within<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    public static Task Within(this ValueTask task) => task.AsTask().WaitAsync(Limit);
}
