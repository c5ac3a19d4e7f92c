using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Tests.Security.Identities;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Security.Tls;

/// <summary>Handshakes over real sockets: Kestrel on one side, SocketsHttpHandler on the other.</summary>
public class MutualTlsTests
{
    private static readonly SpiffeId Shop = TestAuthority.Id("shop");
    private static readonly SpiffeId Cart = TestAuthority.Id("cart");
    private readonly CertificateAuthority _authority = CertificateAuthority.New(new(), TimeProvider.System);

    [Theory]
    [InlineData(MutualTlsMode.Strict, "2.0", "HTTP/2")]
    [InlineData(MutualTlsMode.Strict, "1.1", "HTTP/1.1")]
    [InlineData(MutualTlsMode.Permissive, "2.0", "HTTP/2")]
    [InlineData(MutualTlsMode.Permissive, "1.1", "HTTP/1.1")]
    public async Task Both_ends_know_each_other(MutualTlsMode mode, string version, string protocol)
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var shop = await _authority.IdentityAsync("shop");
        await using var listener = await TlsListener.StartAsync(cart, mode);
        using var client = listener.Client(shop, Cart);
        client.DefaultRequestVersion = new Version(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        Assert.Equal($"{Shop} by {protocol} over https", await client.GetStringAsync("/"));
        Assert.Empty(listener.Refused);
    }

    [Fact]
    public async Task Client_that_takes_either_protocol_gets_the_better_one()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var client = listener.Client(cart, Cart);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrHigher;
        Assert.Contains("by HTTP/2", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MutualTlsMode.Permissive)]
    [InlineData(MutualTlsMode.Disabled)]
    public async Task Plain_text_is_taken_from_nobody_in_particular(MutualTlsMode mode)
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, mode);
        using var client = listener.PlainClient();
        Assert.Equal("nobody by HTTP/1.1 over http", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Disabled_listener_does_not_speak_TLS()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Disabled);
        using var client = listener.Client(cart, Cart);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(0, listener.Requests);
    }

    [Fact]
    public async Task Strict_listener_refuses_plain_text_and_forwards_nothing()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var client = listener.PlainClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(TlsRefusal.PlainText, listener.Refusal().Why);
        Assert.Equal(0, listener.Requests);
    }

    [Fact]
    public async Task Server_that_is_somebody_else_gets_no_request()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var shop = await _authority.IdentityAsync("shop");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var client = listener.Client(shop, TestAuthority.Id("payments"));
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        var why = Assert.IsType<PeerRefusedException>(refused.InnerException);
        Assert.Equal(TlsRefusal.UnexpectedIdentity, why.Refusal);
        Assert.Equal($"the peer is {Cart}, but {TestAuthority.Id("payments")} was expected.", why.Message);
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        Assert.Equal(0, listener.Requests);
    }

    [Fact]
    public async Task Server_may_be_one_of_several()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var client = listener.Client(cart, Shop, Cart);
        Assert.StartsWith($"{Cart}", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    public static TheoryData<string, TlsRefusal> Strangers => new()
    {
        { "nothing", TlsRefusal.NoCertificate },
        { "self-signed", TlsRefusal.Untrusted },
        { "other authority", TlsRefusal.Untrusted },
        { "expired", TlsRefusal.Expired },
        { "of tomorrow", TlsRefusal.NotYetValid },
        { "other trust domain", TlsRefusal.OtherTrustDomain },
        { "for servers only", TlsRefusal.WrongUsage },
        { "an authority", TlsRefusal.WrongUsage },
        { "no identity", TlsRefusal.NoIdentity },
        { "two identities", TlsRefusal.NoIdentity },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Client_that_cannot_prove_who_it_is_gets_nowhere(string kind, TlsRefusal why)
    {
        var root = new TestRoot(DateTimeOffset.UtcNow.AddDays(-10));
        var authority = CertificateAuthority.FromPem(root.Pem, root.KeyPem, new(), TimeProvider.System);
        await using var cart = await authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var certificate = root.Certificate(kind);
        using var client = listener.Client(new SslClientAuthenticationOptions
        {
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(why, listener.Refusal().Why);
        Assert.Equal(0, listener.Requests);
    }

    [Theory]
    [InlineData("self-signed", TlsRefusal.Untrusted)]
    [InlineData("expired", TlsRefusal.Expired)]
    [InlineData("for clients only", TlsRefusal.WrongUsage)]
    [InlineData("two identities", TlsRefusal.NoIdentity)]
    [InlineData("other trust domain", TlsRefusal.OtherTrustDomain)]
    public async Task Server_that_cannot_prove_who_it_is_gets_no_byte(string kind, TlsRefusal why)
    {
        var root = new TestRoot(DateTimeOffset.UtcNow.AddDays(-10));
        await using var shop = await CertificateAuthority.FromPem(root.Pem, root.KeyPem, new(), TimeProvider.System).IdentityAsync("shop");
        var (client, server) = await Sockets.PairAsync();
        using var certificate = root.Certificate(kind)!;
        await using var tls = new SslStream(server);
        var serving = tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ClientCertificateRequired = false });
        var refused = await Assert.ThrowsAsync<PeerRefusedException>(async () => await MutualTls.ConnectAsync(client, shop, [Cart], "localhost", null, default));
        Assert.Equal(why, refused.Refusal);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await serving;
            Assert.Equal(0, await tls.ReadAsync(new byte[1]));
            throw new IOException("closed without a byte");
        });
    }

    [Fact]
    public async Task Old_certificate_s_connection_goes_on_while_new_ones_use_the_new_certificate()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var authority = CertificateAuthority.New(new(), time);
        await using var cart = await authority.IdentityAsync("cart", time);
        await using var shop = await authority.IdentityAsync("shop", time);
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        using var first = listener.Client(shop, Cart);
        using var response = await first.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        listener.Lines.Writer.TryWrite("before");
        Assert.Equal("before", await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)));

        string old = cart.Current!.Serial;
        await RenewedAsync(time, cart, shop);
        for (int renewal = 0; renewal < 3; renewal++)   // until the first certificates have long expired
        {
            listener.Lines.Writer.TryWrite($"{renewal}");
            Assert.Equal($"{renewal}", await lines.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)));
            using var second = listener.Client(shop, Cart);
            Assert.StartsWith($"{Shop}", await second.GetStringAsync("/"), StringComparison.Ordinal);
            await using var tls = await MutualTls.ConnectAsync(await listener.ConnectAsync(), shop, [Cart], "localhost", null, default);
            Assert.Equal(cart.Current!.Serial, ((X509Certificate2)tls.RemoteCertificate!).SerialNumber);
            Assert.NotEqual(old, cart.Current.Serial);
            await RenewedAsync(time, cart, shop);
        }
        Assert.Empty(listener.Refused);
    }

    [Fact]
    public async Task Root_is_replaced_without_a_moment_in_which_peers_refuse_each_other()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var authority = CertificateAuthority.New(new(), time);
        await using var cart = await authority.IdentityAsync("cart", time);
        await using var shop = await authority.IdentityAsync("shop", time);
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict);
        var oldTrust = authority.Trust;
        await TalkAsync();
        authority.PrepareRoot();
        await TalkAsync();
        await RenewedAsync(time, cart, shop);
        await TalkAsync();
        authority.ActivateRoot(force: true);   // everybody has renewed
        await TalkAsync();
        await RenewedAsync(time, shop);        // one has the new root's certificate, the other the old one's
        await TalkAsync();
        await RenewedAsync(time, cart, shop);
        await TalkAsync();
        authority.RetireRoot(force: true);
        await RenewedAsync(time, cart, shop);
        await TalkAsync();
        Assert.Equal(1, cart.Trust!.Count);
        Assert.NotEqual(oldTrust, cart.Trust);
        Assert.Empty(listener.Refused);

        async Task TalkAsync([CallerLineNumber] int step = 0)
        {
            using var client = listener.Client(shop, Cart);
            try
            {
                Assert.StartsWith($"{Shop}", await client.GetStringAsync("/"), StringComparison.Ordinal);
            }
            catch (HttpRequestException e)
            {
                Assert.Fail($"line {step}: {(listener.Refused.TryTake(out var refused, TimeSpan.FromSeconds(5)) ? refused.Detail : e.ToString())}");
            }
        }
    }

    [Fact]
    public async Task Sidecar_without_a_certificate_yet_refuses_and_says_so()
    {
        await using var nobody = new WorkloadIdentity(new LocalIssuer(_authority, Cart), TimeProvider.System, new(1));   // never started
        await using var shop = await _authority.IdentityAsync("shop");
        await using var listener = await TlsListener.StartAsync(nobody, MutualTlsMode.Strict);
        using var client = listener.Client(shop, Cart);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(TlsRefusal.NotReady, listener.Refusal().Why);
        using var outbound = listener.Client(nobody, Cart);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => outbound.GetStringAsync("/"));
        Assert.Equal(TlsRefusal.NotReady, Assert.IsType<PeerRefusedException>(refused.InnerException).Refusal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 22, 3, 1 })]
    public async Task Silent_connection_is_closed_by_a_strict_listener(byte[] first)
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict, options => options with { DetectTimeout = TimeSpan.FromMilliseconds(200) });
        await using var connection = await listener.ConnectAsync();
        await connection.WriteAsync(first);
        Assert.Equal(TlsRefusal.TooSlow, listener.Refusal().Why);
        Assert.Equal(0, await Sockets.ReadAsync(connection));
    }

    [Fact]
    public async Task Handshake_that_takes_too_long_is_ended()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Strict, options => options with { HandshakeTimeout = TimeSpan.FromMilliseconds(300) });
        await using var connection = await listener.ConnectAsync();
        await connection.WriteAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3 });   // the beginning of a hello
        Assert.Equal(TlsRefusal.TooSlow, listener.Refusal().Why);
        Assert.Equal(0, await Sockets.ReadAsync(connection));
    }

    [Fact]
    public async Task Garbage_after_a_hello_s_first_bytes_is_refused()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Permissive);
        await using var connection = await listener.ConnectAsync();
        await connection.WriteAsync(new byte[] { 22, 3, 3, 0, 12, 1, 255, 255, 255, 9, 9, 9, 9, 9, 9, 9, 9 });
        Assert.Equal(TlsRefusal.HandshakeFailed, listener.Refusal().Why);
    }

    [Fact]
    public async Task Permissive_listener_lets_a_server_speak_first()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Permissive, options => options with { DetectTimeout = TimeSpan.FromMilliseconds(200) }, GreetAsync);
        await using var plain = await listener.ConnectAsync();
        Assert.Equal("hello nobody", await Sockets.ReadLineAsync(plain));
        await using var tls = await MutualTls.ConnectAsync(await listener.ConnectAsync(), cart, [Cart], "localhost", null, default);
        Assert.Equal($"hello {Cart}", await Sockets.ReadLineAsync(tls));

        static async Task GreetAsync(ConnectionContext connection)
        {
            string peer = connection.Features.Get<IPeerIdentityFeature>()?.Peer?.ToString() ?? "nobody";
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"hello {peer}\n"));
            await connection.Transport.Input.ReadAsync();
        }
    }

    [Fact]
    public async Task First_bytes_may_come_one_by_one()
    {
        await using var cart = await _authority.IdentityAsync("cart");
        await using var listener = await TlsListener.StartAsync(cart, MutualTlsMode.Permissive);
        await using var tls = await MutualTls.ConnectAsync(new Sockets.Trickle(await listener.ConnectAsync()), cart, [Cart], "localhost", [SslApplicationProtocol.Http11], default);
        await tls.WriteAsync("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"u8.ToArray());
        Assert.Equal("HTTP/1.1 200 OK", await Sockets.ReadLineAsync(tls));
        await using var plain = new Sockets.Trickle(await listener.ConnectAsync());
        await plain.WriteAsync("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"u8.ToArray());
        Assert.Equal("HTTP/1.1 200 OK", await Sockets.ReadLineAsync(plain));
    }

    /// <summary>Lets fake time pass until each has a new certificate.</summary>
    private static async Task RenewedAsync(FakeTimeProvider time, params WorkloadIdentity[] identities)
    {
        foreach (var identity in identities)
        {
            var old = identity.Current;
            for (int i = 0; i < 5_000 && ReferenceEquals(identity.Current, old); i++)
            {
                var left = identity.RenewsAt!.Value - time.GetUtcNow();
                time.Advance(left > TimeSpan.FromMinutes(1) ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1));
                if (left < TimeSpan.FromMinutes(1)) await Task.Delay(5);
            }
            Assert.NotSame(old, identity.Current);
        }
    }
}
