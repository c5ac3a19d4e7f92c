using Grpc.Core;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.ControlPlane.Transport;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Tests.Sidecar;
using Microsoft.AspNetCore.Http;
using Wire = Mesh.Runtime.ControlPlane.Transport.Wire;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>Certificates over the transport, and the transport over TLS.</summary>
public sealed class TransportSecurityTests : IAsyncLifetime
{
    private readonly CertificateAuthority _authority = CertificateAuthority.New(new CertificateAuthorityOptions { Lifetime = TimeSpan.FromHours(1) }, TimeProvider.System);
    private readonly JoinTokens _tokens = new(new MemoryJoinTokenStore(), TimeProvider.System);
    private readonly List<WorkloadIdentity> _identities = [];
    private TestControlPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await StartAsync(ControlPlaneIdentity.In("cluster.local"));

    public async Task DisposeAsync()
    {
        await _plane.DisposeAsync();
        foreach (var identity in _identities) await identity.DisposeAsync();
    }

    private static Task Until(Func<bool> fact) => LiveMesh.Until(fact);

    private async Task<TestControlPlane> StartAsync(SpiffeId id)
    {
        var identity = new WorkloadIdentity(new LocalIssuer(_authority, id), TimeProvider.System, new KeyedRandom(1));
        _identities.Add(identity);
        identity.Start();
        await identity.Ready;
        return await TestControlPlane.StartAsync(plane =>
        {
            plane.Identity = identity;
            plane.Shape = options => options with { Authority = new RegistrationAuthority(_authority, _tokens), Trust = () => _authority.Trust, Beat = TimeSpan.FromMilliseconds(200) };
        });
    }

    private ControlPlaneWay Way(TestControlPlane? plane = null) => new((plane ?? _plane).Address, _authority.Trust, TimeProvider.System);

    /// <summary>A way with an identity that was joined for a token.</summary>
    private async Task<ControlPlaneWay> JoinAsync(string account, RenewalOptions? renewal = null)
    {
        var way = Way();
        var token = _tokens.Issue(new SpiffeId("cluster.local", "default", account), TimeSpan.FromMinutes(5));
        way.Identity = new WorkloadIdentity(new RemoteIssuer(way, token), TimeProvider.System, new KeyedRandom(2), renewal);
        _identities.Add(way.Identity);
        way.Identity.Start();
        await way.Identity.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        return way;
    }

    [Fact]
    public async Task Sidecars_that_joined_call_each_other_over_mutual_TLS_under_the_identities_that_they_proved()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        var (cartWay, webWay) = (await JoinAsync("cart"), await JoinAsync("web"));
        await using var cart = await TestSidecar.StartAsync(cartWay, "cart-1", "cart", [], application, identity: cartWay.Identity);
        await using var web = await TestSidecar.StartAsync(webWay, "web-1", "web", ["cart"], identity: webWay.Identity);
        await Until(() => web.PortsOf("cart").Length == 1);
        Assert.Equal("spiffe://cluster.local/ns/default/sa/cart", web.Knows("cart")!.Endpoints[0].Identity);
        Assert.Equal(200, await web.CallAsync("cart"));
    }

    [Fact]
    public async Task Certificate_is_renewed_by_the_one_before_it_although_the_token_is_used_up()
    {
        var way = await JoinAsync("cart", new RenewalOptions { GraceRatio = 0.9998, GraceJitter = 0 });   // of an hour: less than a second
        string first = way.Identity!.Current!.Serial;
        await Until(() => way.Identity.Current!.Serial != first);
    }

    [Fact]
    public async Task Root_that_is_being_replaced_reaches_the_sidecars_before_they_renew()
    {
        var way = await JoinAsync("cart");
        await using var cart = await TestSidecar.StartAsync(way, "cart-1", "cart", [], identity: way.Identity);
        await Until(() => cart.Status.State == AgentConnection.Connected);
        string serial = way.Identity!.Current!.Serial;
        _authority.PrepareRoot();
        await Until(() => way.Identity.Trust!.Equals(_authority.Trust));
        Assert.Equal((2, serial), (way.Identity.Trust!.Count, way.Identity.Current.Serial));
    }

    [Fact]
    public async Task Token_that_is_not_right_gets_no_certificate_and_stays_out_of_the_message()
    {
        const string Token = "0011223344556677.wrong";
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        byte[] request = new System.Security.Cryptography.X509Certificates.CertificateRequest("", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequest();
        var refused = await Assert.ThrowsAsync<IdentityException>(() => new RemoteIssuer(Way(), Token).IssueAsync(request, null, CancellationToken.None));
        Assert.Contains("the join token is refused", refused.Message);
        Assert.DoesNotContain("wrong", refused.ToString().Replace("is wrong", ""));
        var plain = new ControlPlaneWay(_plane.Address, null, TimeProvider.System);
        Assert.Contains("plain text", (await Assert.ThrowsAsync<IdentityException>(() => new RemoteIssuer(plain, Token).IssueAsync(request, null, CancellationToken.None))).Message);
    }

    [Fact]
    public async Task Proxy_without_a_certificate_or_with_another_s_is_not_told_anything()
    {
        await using var nobody = await TestSidecar.StartAsync(Way(), "cart-1", "cart", []);
        await Until(() => nobody.Status.Reason.Contains("showed no certificate"));
        var way = await JoinAsync("cart");
        await using var other = await TestSidecar.StartAsync(way, "payments-1", "payments", [], identity: way.Identity);
        await Until(() => other.Status.Reason.Contains("may not stand before the service 'payments'"));
    }

    [Theory]
    [InlineData("cart", StatusCode.OK)]
    [InlineData("payments", StatusCode.PermissionDenied)]
    public async Task Tokens_are_for_sidecars_of_the_service_alone(string service, StatusCode expected)
    {
        using var channel = (await JoinAsync("cart")).Open();
        using var call = new Wire.ControlPlane.ControlPlaneClient(channel).TakeTokensAsync(new Wire.TokenRequest { Service = service.ToWire() });
        await ((Task)call.ResponseAsync).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.Equal(expected, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Workload_that_poses_as_the_control_plane_is_refused()
    {
        await using var impostor = await StartAsync(new SpiffeId("cluster.local", "default", "cart"));
        await using var sidecar = await TestSidecar.StartAsync(Way(impostor), "cart-1", "cart", []);
        await Until(() => sidecar.Status.Reason.Length > 0);
        Assert.Equal(AgentConnection.Connecting, sidecar.Status.State);
        Assert.Contains("the peer is spiffe://cluster.local/ns/default/sa/cart, but spiffe://cluster.local/ns/meshlab/sa/control-plane was expected", sidecar.Status.Reason);
        Assert.Empty(impostor.Proxies);
    }
}
