using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Security.Identities;
using Mesh.Runtime.Tests.Telemetry.Metrics;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

/// <summary>Plain TCP from an application through two sidecars, over mutual TLS, to another: who may, and what is told.</summary>
public class LiveTcpTests
{
    private readonly CertificateAuthority _authority = CertificateAuthority.New(new CertificateAuthorityOptions(), TimeProvider.System);

    [Fact]
    public async Task A_connection_is_counted_when_it_opens_and_when_it_closes_at_both_sidecars()
    {
        await using var server = TcpServer.Echo();
        await using var path = await OpenAsync(server.Port, new PolicyConfig());
        using (var client = new TcpClient())
        {
            await EchoAsync(client, path.Port);
            var open = await Scrape.OfAsync(path.Mesh.Node.Telemetry);
            foreach (string reporter in (string[])["source", "destination"])
                Assert.Equal(1, open.Value("istio_tcp_connections_opened_total", ("reporter", reporter), ("source_app", "shop"), ("destination_app", "store"), ("request_protocol", "tcp")));
            Assert.DoesNotContain("istio_tcp_connections_closed_total{", open.Text, StringComparison.Ordinal);
        }
        await LiveMesh.Until(() => path.Mesh.Log.Count == 2);
        var closed = await Scrape.OfAsync(path.Mesh.Node.Telemetry);
        Assert.Equal(1, closed.Value("istio_tcp_connections_closed_total", ("reporter", "destination"), ("source_principal", "spiffe://cluster.local/ns/default/sa/shop"), ("connection_security_policy", "mutual_tls")));
        Assert.Equal(5, closed.Value("istio_tcp_sent_bytes_total", ("reporter", "destination")));
    }

    [Theory]
    [InlineData("shop", true)]
    [InlineData("cart", false)]
    public async Task Authorization_judges_connections_by_the_proved_identity(string allowed, bool passes)
    {
        await using var server = TcpServer.Echo();
        await using var path = await OpenAsync(server.Port, new PolicyConfig
        {
            Authorization = new AuthorizationConfig { Allow = [new AuthorizationRule { From = [new SourceMatch { Principals = new TextList { Values = [allowed] } }] }], Audit = [new AuthorizationRule()] },
        });
        using (var client = new TcpClient())
        {
            if (passes) await EchoAsync(client, path.Port);
            else await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(client, path.Port));
        }
        await LiveMesh.Until(() => path.Mesh.Log.Count == 2);
        var inbound = path.Mesh.Log.Single(facts => facts.Reporter == Reporter.Destination);
        Assert.Equal(passes ? (ResponseFlags.None, null) : (ResponseFlags.UAEX, "rbac_access_denied_matched_policy[none]"), (inbound.Flags, inbound.Termination));
        Assert.Equal(passes ? 1 : 0, server.Accepted);
        Assert.Equal(1, path.Mesh.Count(MeshEventKind.RequestAudited));
    }

    [Fact]
    public async Task A_new_policy_holds_for_new_connections_and_open_ones_go_on()
    {
        await using var server = TcpServer.Echo();
        await using var path = await OpenAsync(server.Port, new PolicyConfig());
        using var open = new TcpClient();
        await EchoAsync(open, path.Port);
        path.Mesh.Apply(new MeshConfig { Defaults = new PolicyConfig { Authorization = new AuthorizationConfig { Allow = [] } } });
        using var late = new TcpClient();
        await Assert.ThrowsAnyAsync<IOException>(() => EchoAsync(late, path.Port));
        await EchoAsync(open, null);
        Assert.Equal(1, server.Accepted);
    }

    private static async Task EchoAsync(TcpClient client, int? port)
    {
        if (port is { } to) await client.ConnectAsync(IPAddress.Loopback, to);
        await client.GetStream().WriteAsync("hello"u8.ToArray());
        await client.GetStream().ReadExactlyAsync(new byte[5]).Within();
    }

    private async Task<Path> OpenAsync(int server, PolicyConfig policy)
    {
        static string IdOf(string service) => $"spiffe://cluster.local/ns/default/sa/{service}";
        var identities = new Dictionary<string, WorkloadIdentity>();
        foreach (string account in (string[])["store", "shop"]) identities[account] = await _authority.IdentityAsync(account);
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy }) { Identify = config => identities[config.Service], IdentityOf = IdOf };
        var store = await mesh.AddProxyAsync(new LiveProxyConfig
        {
            Name = "store-0", Service = "store", Identity = IdOf("store"), DrainTime = TimeSpan.FromSeconds(1),
            Inbound = new InboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Application = new EndpointAddress("127.0.0.1", server), EndpointId = 0, Protocol = ListenerProtocol.Tcp },
        });
        mesh.AddEndpoint("store", store.InboundAddress!, identity: IdOf("store"));
        var shop = await mesh.AddProxyAsync(new LiveProxyConfig
        {
            Name = "shop-0", Service = "shop", Identity = IdOf("shop"), DrainTime = TimeSpan.FromSeconds(1),
            Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, 0), Service = "store", Protocol = ListenerProtocol.Tcp }],
        });
        mesh.Push();
        return new Path(mesh, shop.OutboundAddresses[0].Port, identities.Values);
    }

    private sealed record Path(LiveMesh Mesh, int Port, IEnumerable<WorkloadIdentity> Identities) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Mesh.DisposeAsync();
            foreach (var identity in Identities) await identity.DisposeAsync();
        }
    }
}
