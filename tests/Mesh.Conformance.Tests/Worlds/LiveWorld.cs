using System.Net;
using System.Net.Http.Headers;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>The product's sidecar on real sockets, before scripted servers.</summary>
internal sealed class LiveWorld : IWorld, IAsyncDisposable
{
    private readonly Behaviour _behaviour;
    private readonly LiveNode _node;
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private LiveProxy _proxy = null!;

    private LiveWorld(Behaviour behaviour)
    {
        _behaviour = behaviour;
        var directory = new MeshDirectory();
        Decisions = new DecisionLog(directory);
        _node = new LiveNode(new LiveNodeOptions { Seed = Case.Seed, Directory = directory, Events = Decisions });
    }

    public TimeProvider Time => TimeProvider.System;

    public DecisionLog Decisions { get; }

    public static async Task<LiveWorld> StartAsync(Behaviour behaviour, PolicyConfig policy)
    {
        var world = new LiveWorld(behaviour);
        await world.OpenAsync(policy);
        return world;
    }

    public async Task<string> SendAsync(ulong key)
    {
        using var request = new HttpRequestMessage(_behaviour.Grpc ? HttpMethod.Post : HttpMethod.Get, $"http://{_proxy.OutboundAddresses[0]}/");
        request.Headers.Add(MeshHeaders.Key, MeshHeaders.Format(key));
        if (_behaviour.Grpc)
        {
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            request.Content = new ByteArrayContent(new byte[5]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        }
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return ClientView.Of((int)response.StatusCode, await ArrivesWholeAsync(response), _behaviour.Grpc);
        }
        catch (HttpRequestException)
        {
            return "nothing";   // a reset overtakes headers that a busy client has not read yet
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private async Task OpenAsync(PolicyConfig policy)
    {
        _proxy = _node.Add(new LiveProxyConfig
        {
            Name = "ingress",
            Service = "ingress",
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Service = "api" }],
            DrainTime = TimeSpan.FromSeconds(1),
        });
        Decisions.Proxy = _proxy.Id;
        await _proxy.StartAsync(CancellationToken.None);
        int service = _node.Directory.AddService("api");
        var script = new Script(_behaviour);
        var endpoints = new List<Endpoint>();
        for (int i = 0; i < Case.Replicas; i++)
        {
            int port = await ServeAsync(script, i);
            endpoints.Add(_node.Directory.AddEndpoint(id => new Endpoint { Id = id, Name = $"api-{id}", Service = "api", Address = new EndpointAddress("127.0.0.1", port) }));
        }
        _proxy.Agent.Receive(Snapshots.Of(service, policy, endpoints));
    }

    private async Task<int> ServeAsync(Script script, int replica)
    {
        if (_behaviour.Grpc)
        {
            var grpc = new ScriptedGrpcServer(script, replica);
            _servers.Add(grpc);
            return await grpc.StartAsync();
        }
        var server = new ScriptedServer(script, replica, listens: !_behaviour.RefusesAt(replica) && !_behaviour.IsDarkAt(replica));
        if (_behaviour.IsDarkAt(replica)) await server.GoDarkAsync();
        _servers.Add(server);
        return server.Port;
    }

    private static async Task<bool> ArrivesWholeAsync(HttpResponseMessage response)
    {
        try
        {
            await response.Content.ReadAsByteArrayAsync();
            return true;
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return false;
        }
    }
}
