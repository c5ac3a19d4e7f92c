using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.Model;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>The authorization table: every verb by every role, and by those who have none.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Issuer = "https://id.example";
    private const string Audience = "meshlab";
    private static readonly ECDsa IssuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly ECDsa OtherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly TestCertificates Certificates = new();

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

    private LivePlane _plane = null!;

    public async Task InitializeAsync() => _plane = await LivePlane.StartAsync(options => options with
    {
        Certificate = Certificates.Server,
        Clients = new AdminClients([Certificates.Authority], new Dictionary<string, IReadOnlyList<string>> { ["vera"] = ["viewer"], ["otto"] = ["operator"], ["chas"] = ["chaos"], ["spiffe://cluster.local/ns/ops/sa/bot"] = ["viewer"] }),
        Tokens = new AdminTokens(new JwtRule { Issuer = Issuer, Audiences = [Audience], Jwks = Jwks() }) { Roles = new Dictionary<string, IReadOnlyList<string>> { ["ann"] = ["operator"] } },
    });

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Every_verb_answers_every_role_as_the_table_says()
    {
        var wrong = new List<string>();
        foreach (string role in new[] { "viewer", "operator", "chaos", "none" })
        {
            using var byToken = _plane.Client(Token(role == "none" ? [] : [role]));
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
        using var ann = _plane.Client(Token([], subject: "ann"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(ann, "PUT", "/v1/configuration?dryRun=true", """{"name": "x.yaml", "text": "version: 1"}"""));
        using var bot = ByCertificate("CN=bot", "spiffe://cluster.local/ns/ops/sa/bot");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(bot, "GET", "/v1/status", null));
    }

    [Fact]
    public async Task Changes_and_refusals_are_in_the_audit_log_and_no_credential_is()
    {
        string token = Token(["viewer"], subject: "vera");
        using (var viewer = _plane.Client(token)) await SendAsync(viewer, "DELETE", "/v1/faults", null);
        using (var chaos = _plane.Client(Token(["chaos"], subject: "chas"))) await SendAsync(chaos, "DELETE", "/v1/faults", null);
        using (var stranger = Stranger("expired")) await SendAsync(stranger, "GET", "/v1/status", null);
        await LivePlane.Until(async () => (await ReadAsync("audit.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 3);
        var lines = (await ReadAsync("audit.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string Line(JsonElement line) => $"{line.GetProperty("by")} {line.GetProperty("what")} {line.GetProperty("status")} {line.GetProperty("why")}";
        Assert.Equal(["vera DELETE /v1/faults 403 has the roles [viewer]", "chas DELETE /v1/faults 200 ", " GET /v1/status 401 the token has expired"], lines.Select(Line));
        Assert.DoesNotContain(token.Split('.')[2], await ReadAsync("audit.log"), StringComparison.Ordinal);
    }

    [Fact]
    public void Beyond_loopback_it_wants_tls_and_somebody_who_may_come()
    {
        var everywhere = new AdminOptions { Listen = new IPEndPoint(IPAddress.Any, 0), TokenFile = "/x/admin.token" };
        Assert.Equal(2, everywhere.Problems().Count());
        Assert.Single((everywhere with { Certificate = Certificates.Server }).Problems());
        Assert.Empty((everywhere with { Certificate = Certificates.Server, Clients = new AdminClients([Certificates.Authority], new Dictionary<string, IReadOnlyList<string>>()) }).Problems());
        Assert.Single((everywhere with { Certificate = Certificates.Server, Tokens = new AdminTokens(new JwtRule { Issuer = Issuer }) }).Problems());   // no audience
        Assert.Single(new AdminOptions().Problems());                                                                                                  // nobody at all
        Assert.Empty(new AdminOptions { TokenFile = "/x/admin.token" }.Problems());
    }

    private HttpClient Stranger(string who) => who switch
    {
        "nothing" => _plane.Client(null),
        "expired" => _plane.Client(Token(["chaos"], expires: -3600)),
        "not yet" => _plane.Client(Token(["chaos"], begins: 3600)),
        "wrong audience" => _plane.Client(Token(["chaos"], audience: "payroll")),
        "no audience" => _plane.Client(Token(["chaos"], audience: null)),
        "other key" => _plane.Client(Token(["chaos"], key: OtherKey)),
        "other issuer" => _plane.Client(Token(["chaos"], issuer: "https://evil.example")),
        "unsigned" => _plane.Client($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{Token(["chaos"]).Split('.')[1]}."),
        "hmac" => _plane.Client(Hmac()),
        "no expiry" => _plane.Client(Token(["chaos"], expires: null)),
        "garbage" => _plane.Client("AAAA.BBBB.CCCC"),
        "basic" => Basic(),
        "foreign certificate" => ByCertificate(new TestCertificates().Client("CN=otto")),
        "expired certificate" => ByCertificate(Certificates.Client("CN=otto", ends: -1)),
        "server certificate" => ByCertificate(Certificates.Client("CN=otto", usage: "1.3.6.1.5.5.7.3.1")),
        _ => _plane.Client(" "),
    };

    private HttpClient Basic()
    {
        var client = _plane.Client(null);
        client.DefaultRequestHeaders.Add("authorization", "Basic YWRtaW46YWRtaW4=");
        return client;
    }

    private HttpClient ByCertificate(string subject, string? uri = null) => ByCertificate(Certificates.Client(subject, uri));

    private HttpClient ByCertificate(X509Certificate2 certificate) =>
        _plane.Client(null, new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true, LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate } });

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : LivePlane.Json(body) };
        using var answer = await client.SendAsync(request);
        if ((int)answer.StatusCode >= 400) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return answer.StatusCode;
    }

    private async Task<string> ReadAsync(string file)
    {
        using var stream = new FileStream(Path.Combine(_plane.State, file), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static string Token(string[] roles, string subject = "someone", string? audience = Audience, string issuer = Issuer, int? expires = 3600, int begins = -60, ECDsa? key = null)
    {
        var now = DateTimeOffset.UtcNow;
        var claims = new Dictionary<string, object> { ["iss"] = issuer, ["sub"] = subject, ["roles"] = roles, ["nbf"] = (now + TimeSpan.FromSeconds(begins)).ToUnixTimeSeconds() };
        if (audience is not null) claims["aud"] = audience;
        if (expires is { } seconds) claims["exp"] = (now + TimeSpan.FromSeconds(seconds)).ToUnixTimeSeconds();
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(JsonSerializer.Serialize(claims), new SigningCredentials(new ECDsaSecurityKey(key ?? IssuerKey) { KeyId = "one" }, SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>Signed with the public key as if it were a shared secret.</summary>
    private static string Hmac()
    {
        byte[] secret = SHA256.HashData(IssuerKey.ExportSubjectPublicKeyInfo());
        return new JsonWebTokenHandler().CreateToken(JsonSerializer.Serialize(new { iss = Issuer, sub = "ann", aud = Audience, roles = new[] { "chaos" }, exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() }),
            new SigningCredentials(new SymmetricSecurityKey(secret), SecurityAlgorithms.HmacSha256));
    }

    private static string Jwks()
    {
        var parameters = IssuerKey.ExportParameters(false);
        return JsonSerializer.Serialize(new { keys = new[] { new { kty = "EC", crv = "P-256", kid = "one", alg = "ES256", use = "sig", x = Base64UrlEncoder.Encode(parameters.Q.X), y = Base64UrlEncoder.Encode(parameters.Q.Y) } } });
    }
}
