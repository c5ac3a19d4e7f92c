using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Sidecar.Tcp.Interception;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar.Tcp.Interception;

/// <summary>HTTP over intercepted connections, inside a network namespace: a client that knows nothing of the mesh calls addresses, and a whole sidecar takes its connections.</summary>
internal sealed class InterceptedHttp : IRequestLog
{
    private readonly ConcurrentQueue<RequestFacts> _log = new();

    /// <summary>A server of the network outside, which answers every request with a word.</summary>
    public static TcpServer Server(string word) => new(
        async socket =>
        {
            while (await RawServer.ReadHeadAsync(socket) is not null)
                await TcpServer.SendAllAsync(socket, Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {word.Length}\r\n\r\n{word}"));
        },
        IPAddress.Any);

    /// <summary>Requests to an endpoint of the service <c>store</c>, and to somebody whom the mesh does not know.</summary>
    public static async Task TryAsync(IPEndPoint known, IPEndPoint stranger, int mark)
    {
        var test = new InterceptedHttp();
        await test.TryAsync(known, mark, UnknownDestinations.AllowAny, async client =>
        {
            Assert.Equal("known", await AskAsync(client, known));                        // by where it was going
            Assert.Equal("store", await test.NextAsync());
            Assert.Equal("known", await AskAsync(client, stranger, authority: "store"));   // by its authority, wherever it was going
            Assert.Equal("store", await test.NextAsync());
            Assert.Equal("stranger", await AskAsync(client, stranger));
            Assert.Equal("PassthroughCluster", await test.NextAsync());
        });
        await test.TryAsync(known, mark, UnknownDestinations.RegistryOnly, async client =>
        {
            Assert.Equal("404", await AskAsync(client, stranger));
            Assert.Equal("known", await AskAsync(client, known));
        });
    }

    void IRequestLog.On(RequestFacts request) => _log.Enqueue(request);

    private static async Task<string> AskAsync(HttpClient client, IPEndPoint to, string? authority = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{to}/");
        request.Headers.Host = authority;
        using var response = await client.SendAsync(request).Within();
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : $"{(int)response.StatusCode}";
    }

    private async Task TryAsync(IPEndPoint known, int mark, UnknownDestinations unknown, Func<HttpClient, Task> calls)
    {
        await using var node = new LiveNode(new LiveNodeOptions { Seed = 1, Requests = this });
        int store = node.Directory.AddService("store");
        var sidecar = node.Add(new LiveProxyConfig
        {
            Name = "shop-0", Service = "shop", Mark = mark, DrainTime = TimeSpan.FromSeconds(1),
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Any, 15001), Intercepted = unknown }],
        });
        await sidecar.StartAsync(CancellationToken.None);
        var endpoint = node.Directory.AddEndpoint(id => new Endpoint { Id = id, Name = "store-0", Service = "store", Address = new EndpointAddress(known.Address.ToString(), known.Port) });
        var reconciler = new Reconciler(new MeshConfig());
        reconciler.Observe([new ServiceEndpoints(store, "store", [endpoint])]);
        sidecar.Agent.Receive(reconciler.SnapshotFor(Subscription.All));

        using (var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })) await calls(client);
        using var direct = new TcpClient();   // who calls the listener itself is broken off
        await direct.ConnectAsync(IPAddress.Loopback, 15001).Within();
        Assert.Equal(0, await GetAsync(direct));
    }

    /// <summary>Bytes of the answer; 0 where the connection was broken off, before the request was out or after.</summary>
    private static async Task<int> GetAsync(TcpClient client)
    {
        try
        {
            await client.Client.SendAsync("GET / HTTP/1.1\r\nHost: store\r\n\r\n"u8.ToArray());
        }
        catch (SocketException)
        {
            return 0;
        }
        return await Security.Tls.Sockets.ReadAsync(client.GetStream());
    }

    private async Task<string> NextAsync()
    {
        RequestFacts? facts = null;
        await Wait.Until(() => _log.TryDequeue(out facts), "the access log has no entry");
        return facts!.Destination.Service;
    }
}
