using System.Net;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Security.Identities;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Mutual TLS between sidecars, and what it proves.</summary>
public class IdentityTests
{
    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_hop_is_mutual_tls_and_the_application_hears_who_calls(HttpProtocols protocols)
    {
        await using var mesh = await StartAsync(new PolicyConfig(), protocols);
        using var client = mesh.Client(version: protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);
        client.DefaultRequestHeaders.Add("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/default/sa/admin");
        Assert.Equal("URI=spiffe://cluster.local/ns/default/sa/ingress", await client.GetStringAsync("/"));
        await LiveMesh.Until(() => mesh.Log.Count == 2);
        Assert.All(mesh.Log, facts => Assert.True(facts.MutualTls));
        Assert.Contains(mesh.Log, facts => facts.Reporter == Reporter.Destination && facts.Source.Principal == "spiffe://cluster.local/ns/default/sa/ingress");
    }

    [Theory]
    [InlineData("ingress", HttpStatusCode.OK)]
    [InlineData("shop", HttpStatusCode.Forbidden)]
    public async Task Authorization_goes_by_the_proved_identity(string allowed, HttpStatusCode expected)
    {
        await using var mesh = await StartAsync(new PolicyConfig
        {
            Authorization = new AuthorizationConfig { Allow = [new AuthorizationRule { From = [new SourceMatch { Principals = new TextList { Values = [$"cluster.local/ns/default/sa/{allowed}"] } }] }] },
        });
        using var client = mesh.Client();
        client.DefaultRequestHeaders.Add("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/default/sa/shop");
        var response = await client.GetAsync("/");
        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.Forbidden) Assert.Equal("RBAC: access denied", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_plain_caller_proves_nothing()
    {
        await using var mesh = await StartAsync(new PolicyConfig());
        using var client = new HttpClient { BaseAddress = new Uri($"http://{mesh.Proxies[0].InboundAddress}") };
        client.DefaultRequestHeaders.Add("x-forwarded-client-cert", "URI=spiffe://cluster.local/ns/default/sa/admin");
        Assert.Equal("", await client.GetStringAsync("/"));   // permissive: taken, but nobody
    }

    [Fact]
    public async Task A_server_that_is_not_who_it_has_to_be_gets_nothing()
    {
        int calls = 0;
        var authority = CertificateAuthority.New(new CertificateAuthorityOptions(), TimeProvider.System);
        var identities = new Dictionary<string, WorkloadIdentity>();
        foreach (string account in new[] { "impostor", "ingress" }) identities[account] = await authority.IdentityAsync(account);
        await using var mesh = new LiveMesh { Identify = config => identities[config.Service == "api" ? "impostor" : "ingress"], IdentityOf = IdOf };
        await mesh.AddServiceAsync("api", _ =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        });
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 0), (response.StatusCode, calls));
        Assert.Equal(ResponseFlags.UF, (await mesh.EndedAsync()).Flags);
        await LiveMesh.Until(() => !mesh.Log.IsEmpty);
        Assert.Contains("impostor", mesh.Log.Single().UpstreamFailure);
        foreach (var identity in identities.Values) await identity.DisposeAsync();
    }

    private static string IdOf(string service) => $"spiffe://cluster.local/ns/default/sa/{service}";

    private static async Task<LiveMesh> StartAsync(PolicyConfig policy, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var authority = CertificateAuthority.New(new CertificateAuthorityOptions(), TimeProvider.System);
        var identities = new Dictionary<string, WorkloadIdentity>();
        foreach (string account in new[] { "api", "ingress" }) identities[account] = await authority.IdentityAsync(account);
        var mesh = new LiveMesh(new MeshConfig { Defaults = policy }) { Identify = config => identities[config.Service], IdentityOf = IdOf };
        await mesh.AddServiceAsync("api", context => context.Response.WriteAsync(context.Request.Headers["x-forwarded-client-cert"].ToString()), protocols);
        await mesh.OpenIngressAsync("api");
        return mesh;
    }
}
