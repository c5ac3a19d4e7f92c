using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.Model;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>The authorization table: every verb by every role, and by those who have none.</summary>
public sealed class AccessTests(GuardedPlane guarded) : IClassFixture<GuardedPlane>
{
    private static readonly ECDsa OtherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly List<(string Method, string Path, string? Body, string[] Roles)> _verbs =
    [
        ("GET", "/v1/status", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/services", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/proxies", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/journal", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/faults", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/configuration", null, ["viewer", "operator", "chaos"]),
        ("GET", "/v1/certificates", null, ["viewer", "operator", "chaos"]),
        ("GET", "/metrics", null, ["viewer", "operator", "chaos"]),
        ("POST", "/v1/faults?dryRun=true", """{"fault": "delay=1ms@1%", "service": "cart", "for": "1s"}""", ["chaos"]),
        ("POST", "/v1/faults", """{"fault": "delay=1ms@1%", "service": "cart", "for": "1ms"}""", ["chaos"]),
        ("POST", "/v1/faults/none/renew", null, ["chaos"]),
        ("DELETE", "/v1/faults/none", null, ["operator", "chaos"]),
        ("DELETE", "/v1/faults", null, ["operator", "chaos"]),
        ("PUT", "/v1/configuration?dryRun=true", """{"name": "x.yaml", "text": "version: 1"}""", ["operator"]),
        ("PUT", "/v1/configuration", """{"name": "x.yaml", "text": "version: 1"}""", ["operator"]),
        ("POST", "/v1/certificates/join-tokens", """{"identity": "spiffe://cluster.local/ns/a/sa/b"}""", ["operator"]),
        ("DELETE", "/v1/certificates/join-tokens/none", null, ["operator"]),
        ("POST", "/v1/certificates/rollover", """{"step": "retire"}""", ["operator"]),
    ];

    private readonly LivePlane _plane = guarded.Plane;

    [Fact]
    public async Task Every_verb_answers_every_role_as_the_table_says()
    {
        var wrong = new List<string>();
        foreach (string role in new[] { "viewer", "operator", "chaos", "none" })
        {
            using var byToken = _plane.Client(GuardedPlane.Token(role == "none" ? [] : [role]));
            using var byCertificate = ByCertificate(role switch { "viewer" => "CN=vera", "operator" => "CN=otto", "chaos" => "CN=chas", _ => "CN=nobody" });
            foreach (var (method, path, body, roles) in _verbs)
            {
                foreach (var (client, kind) in new[] { (byToken, "token"), (byCertificate, "certificate") })
                {
                    var status = await SendAsync(client, method, path, body);
                    bool isLetIn = status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
                    if (isLetIn != roles.Contains(role) || (int)status >= 500 || !isLetIn && status != HttpStatusCode.Forbidden) wrong.Add($"{method} {path} by a {kind} of {role}: {status}");
                }
            }
        }
        Assert.Empty(wrong);
    }

    public static TheoryData<string> Strangers => ["nothing", "expired", "not yet", "wrong audience", "no audience", "other key", "other issuer", "unsigned", "hmac", "no expiry", "garbage", "basic", "foreign certificate", "expired certificate", "server certificate", "empty"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Whoever_cannot_say_who_they_are_is_told_so_by_every_verb(string who)
    {
        using var client = Stranger(who);
        var wrong = new List<string>();
        foreach (var (method, path, body, _) in _verbs.Append(("GET", "/nothing", null, [])).Append(("POST", "/v1/faults", "not json", [])))
        {
            var status = await SendAsync(client, method, path, body);
            if (status != HttpStatusCode.Unauthorized) wrong.Add($"{method} {path}: {status}");
        }
        Assert.Empty(wrong);
        using var health = await client.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    [Fact]
    public async Task Subject_and_spiffe_identity_have_their_roles_too()
    {
        using var ann = _plane.Client(GuardedPlane.Token([], subject: "ann"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(ann, "PUT", "/v1/configuration?dryRun=true", """{"name": "x.yaml", "text": "version: 1"}"""));
        using var bot = ByCertificate("CN=bot", "spiffe://cluster.local/ns/ops/sa/bot");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(bot, "GET", "/v1/status", null));
    }

    [Fact]
    public void Beyond_loopback_it_wants_tls_and_somebody_who_may_come()
    {
        var everywhere = new AdminOptions { Listen = new IPEndPoint(IPAddress.Any, 0), TokenFile = "/x/admin.token" };
        Assert.Equal(2, everywhere.Problems().Count());
        Assert.Single((everywhere with { Certificate = GuardedPlane.Certificates.Server }).Problems());
        Assert.Empty((everywhere with { Certificate = GuardedPlane.Certificates.Server, Clients = new AdminClients([GuardedPlane.Certificates.Authority], new Dictionary<string, IReadOnlyList<string>>()) }).Problems());
        Assert.Single((everywhere with { Certificate = GuardedPlane.Certificates.Server, Tokens = new AdminTokens(new JwtRule { Issuer = GuardedPlane.Issuer }) }).Problems());   // no audience
        Assert.Single(new AdminOptions().Problems());                                                                                                  // nobody at all
        Assert.Empty(new AdminOptions { TokenFile = "/x/admin.token" }.Problems());
    }

    private HttpClient Stranger(string who) => who switch
    {
        "nothing" => _plane.Client(null),
        "expired" => _plane.Client(GuardedPlane.Token(["chaos"], expires: -3600)),
        "not yet" => _plane.Client(GuardedPlane.Token(["chaos"], begins: 3600)),
        "wrong audience" => _plane.Client(GuardedPlane.Token(["chaos"], audience: "payroll")),
        "no audience" => _plane.Client(GuardedPlane.Token(["chaos"], audience: null)),
        "other key" => _plane.Client(GuardedPlane.Token(["chaos"], key: OtherKey)),
        "other issuer" => _plane.Client(GuardedPlane.Token(["chaos"], issuer: "https://evil.example")),
        "unsigned" => _plane.Client($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{GuardedPlane.Token(["chaos"]).Split('.')[1]}."),
        "hmac" => _plane.Client(GuardedPlane.Hmac()),
        "no expiry" => _plane.Client(GuardedPlane.Token(["chaos"], expires: null)),
        "garbage" => _plane.Client("AAAA.BBBB.CCCC"),
        "basic" => Basic(),
        "foreign certificate" => ByCertificate(new TestCertificates().Client("CN=otto")),
        "expired certificate" => ByCertificate(GuardedPlane.Certificates.Client("CN=otto", ends: -1)),
        "server certificate" => ByCertificate(GuardedPlane.Certificates.Client("CN=otto", usage: "1.3.6.1.5.5.7.3.1")),
        _ => _plane.Client(" "),
    };

    private HttpClient Basic()
    {
        var client = _plane.Client(null);
        client.DefaultRequestHeaders.Add("authorization", "Basic YWRtaW46YWRtaW4=");
        return client;
    }

    private HttpClient ByCertificate(string subject, string? uri = null) => ByCertificate(GuardedPlane.Certificates.Client(subject, uri));

    private HttpClient ByCertificate(X509Certificate2 certificate) =>
        _plane.Client(null, new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true, LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate } });

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : LivePlane.Json(body) };
        using var answer = await client.SendAsync(request);
        if ((int)answer.StatusCode >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return answer.StatusCode;
    }
}
