using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

/// <summary>Debian's etcd on free ports, with its data in a folder of the test's.</summary>
internal sealed class EtcdServer : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _program;
    private readonly string _scheme;
    private readonly string[] _more;
    private readonly int _peerPort;
    private Daemon? _daemon;
    private GrpcChannel? _channel;

    public EtcdServer(string scheme = "http", params string[] more)
    {
        _program = Daemon.Require("etcd", "etcd-server");
        _scheme = scheme;
        _more = more;
        int[] ports = Daemon.FreePorts(2);
        (Port, _peerPort) = (ports[0], ports[1]);
    }

    public int Port { get; }

    public Uri Address => new($"{_scheme}://127.0.0.1:{Port}");

    public EtcdOptions Options => new() { Members = [Address] };

    public string Log => File.Exists(_folder.File("log")) ? File.ReadAllText(_folder.File("log")) : "";

    public KV.KVClient Values => new(Channel);

    public Lease.LeaseClient Leases => new(Channel);

    public Auth.AuthClient Auth => new(Channel);

    public async Task<EtcdServer> StartAsync(int? port = null)
    {
        string client = $"{_scheme}://127.0.0.1:{port ?? Port}", peer = $"http://127.0.0.1:{_peerPort}";
        _daemon = Daemon.Start(_program, _folder.File("log"), ["--data-dir", _folder.File("data"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}", "--heartbeat-interval", "50", "--election-timeout", "500", "--unsafe-no-fsync", .. _more]);
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port ?? Port}", new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 20 });
        if (_scheme == "http") await Ready();
        return this;
    }

    /// <summary>Kills it with -9.</summary>
    public void Kill()
    {
        _daemon?.Dispose();
        _daemon = null;
        _channel?.Dispose();
    }

    public void LoseData() => Directory.Delete(_folder.File("data"), recursive: true);

    public Task<PutResponse> Put(string service, string instance, string address, long lease = 0) => PutRaw($"/meshlab/services/{service}/{instance}", $$"""{"address": "{{address}}"}""", lease);

    public async Task<PutResponse> PutRaw(string key, string value, long lease = 0) =>
        await Values.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease });

    public async Task Delete(string service, string instance) => await Values.DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8($"/meshlab/services/{service}/{instance}") });

    public void Dispose()
    {
        Kill();
        _folder.Dispose();
    }

    private GrpcChannel Channel => _channel!;

    private async Task Ready()
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (true)
        {
            try
            {
                await Values.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("x") }, deadline: DateTime.UtcNow + TimeSpan.FromSeconds(2));
                return;
            }
            catch (RpcException) when (DateTime.UtcNow < deadline)
            {
                await Task.Delay(50);
            }
            catch (RpcException error)
            {
                Assert.Fail($"etcd does not answer: {error.Status}\n{Log}");
            }
        }
    }
}
