using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security;
using Mesh.Runtime.Security.Tokens;
using Mesh.Runtime.Sidecar;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Security.Tokens;

public sealed class JwtVerifierTests : IDisposable
{
    private const string Good = """{"iss": "login", "sub": "ann", "aud": "shop"}""";
    private readonly TestIssuer _issuer = new();
    private readonly LiveTime _time = new(new FakeTimeProvider(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero)));
    private readonly JwtRule _rule;
    private readonly JwtVerifier _verifier;

    public JwtVerifierTests()
    {
        _rule = new JwtRule { Issuer = "login", Jwks = _issuer.Jwks };
        _verifier = new JwtVerifier([_rule], _time);
    }

    public void Dispose()
    {
        _verifier.Dispose();
        _issuer.Dispose();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    public async Task Issuer_s_signature_is_known(string algorithm)
    {
        Assert.Equal(JwtVerdict.Valid, await JudgeAsync(_issuer.Token(Good, algorithm)));
        Assert.Equal(JwtVerdict.Valid, await JudgeAsync(_issuer.Token(Good, algorithm, keyId: "")));   // all keys are tried
    }

    /// <summary>Each with whether it reads as a token of the issuer.</summary>
    public static TheoryData<string, bool> Forgeries => new()
    {
        { "other signature", true },
        { "changed payload", true },
        { "no signature", true },
        { "other issuer's key", true },
        { "unknown key id", true },
        { "key of another algorithm", true },
        { "other issuer", false },
        { "alg none", false },
        { "public key as secret", false },
        { "critical extension", false },
        { "encrypted", false },
        { "garbage", false },
        { "payload is a list", false },
        { "issuer twice", false },
        { "issuer is a number", false },
        { "expires is a text", false },
        { "huge", false },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Forged_token_is_refused_with_401_and_never_taken_for_none(string kind, bool isRead)
    {
        using var other = new TestIssuer();
        string good = _issuer.Token(Good);
        string[] parts = good.Split('.');
        string token = kind switch
        {
            "other signature" => $"{parts[0]}.{parts[1]}.{TestIssuer.Encode(new byte[256])}",
            "changed payload" => $"{parts[0]}.{TestIssuer.Encode(Encoding.UTF8.GetBytes(Good.Replace("ann", "eve", StringComparison.Ordinal)))}.{parts[2]}",
            "no signature" => $"{parts[0]}.{parts[1]}.",
            "other issuer's key" => other.Token(Good),
            "unknown key id" => _issuer.Token(Good, keyId: "k9"),
            "key of another algorithm" => _issuer.Token(Good, "RS256", keyId: "k1-256"),
            "other issuer" => _issuer.Token("""{"iss": "evil"}"""),
            "alg none" => _issuer.Token(Good, "none"),
            "public key as secret" => _issuer.Token(Good, "HS256"),
            "critical extension" => _issuer.Token(Good, header: new JsonObject { ["crit"] = new JsonArray("b64"), ["b64"] = false }),
            "encrypted" => $"{good}.a.b",
            "garbage" => "garbage",
            "payload is a list" => _issuer.Token("[1]"),
            "issuer twice" => _issuer.Token("""{"iss": "evil", "iss": "login"}"""),
            "issuer is a number" => _issuer.Token("""{"iss": 1}"""),
            "expires is a text" => _issuer.Token("""{"iss": "login", "exp": "2030"}"""),
            _ => _issuer.Token($$"""{"iss": "login", "pad": "{{new string('x', 20_000)}}"}"""),
        };
        var judged = await JudgeAsync(token);
        Assert.Equal((isRead ? JwtVerdict.BadSignature : JwtVerdict.UnknownIssuer, 401), (judged, judged.Status()));
    }

    [Fact]
    public async Task Shared_secret_in_a_key_set_verifies_nothing()
    {
        string secret = TestIssuer.Encode(Encoding.ASCII.GetBytes(_issuer.PublicPem));
        using var verifier = new JwtVerifier([_rule with { Jwks = $$"""{"keys": [{"kty": "oct", "k": "{{secret}}"}]}""" }], _time);
        Assert.Empty((await verifier.VerifyAsync(_issuer.Token(Good, "HS256"), TokenPlace.Authorization, default)).SignedBy!);
    }

    [Fact]
    public async Task Claims_are_the_mesh_s()
    {
        var token = await _verifier.VerifyAsync(_issuer.Token("""
            {"iss": "login", "sub": "ann", "aud": ["shop", "cart"], "exp": 1785585660, "nbf": 1785585599.5,
             "realm": {"roles": ["buyer", "clerk"], "level": 3}, "scope": "read write", "name": "Ann B", "admin": false, "none": null}
            """), TokenPlace.AccessToken, default);
        Assert.Equal(("login", "ann", "login/ann", TokenPlace.AccessToken), (token.Issuer, token.Subject, token.Principal, token.Place));
        Assert.Equal(["shop", "cart"], token.Audiences);
        Assert.Equal((60 * TimeSpan.TicksPerSecond, -TimeSpan.TicksPerSecond / 2), (token.Expires, token.NotBefore));   // of a world that began at 12:00
        Assert.Equal(["realm.roles=buyer", "realm.roles=clerk", "realm.level=3", "scope=read", "scope=write", "name=Ann B", "admin=false"], token.Claims.Select(claim => $"{claim.Key}={claim.Value}"));
    }

    [Fact]
    public async Task Time_beyond_all_time_is_never()
    {
        var token = await _verifier.VerifyAsync(_issuer.Token("""{"iss": "login", "exp": 1e300, "nbf": -1e300}"""), TokenPlace.Authorization, default);
        Assert.Equal((long.MaxValue, long.MinValue), (token.Expires, token.NotBefore));
    }

    [Fact]
    public async Task Token_is_found_where_the_rules_look()
    {
        string text = _issuer.Token(Good);
        Assert.Null(await _verifier.ReadAsync(Request(), default));
        Assert.Null(await _verifier.ReadAsync(Request("authorization", "Basic YTpi"), default));
        Assert.Equal("ann", (await _verifier.ReadAsync(Request("Authorization", $"bearer {text}"), default))!.Subject);
        var request = Request();
        request.Query = [new("access_token", text)];
        Assert.Equal((TokenPlace.AccessToken, "ann"), ((await _verifier.ReadAsync(request, default))!.Place, (await _verifier.ReadAsync(request, default))!.Subject));
        Assert.Empty((await _verifier.ReadAsync(Request("authorization", "Bearer nonsense"), default))!.SignedBy!);   // there, and nobody's
    }

    [Fact]
    public async Task Keys_of_one_rule_do_not_open_another()
    {
        using var other = new TestIssuer();
        JwtRule[] rules = [_rule with { Audiences = ["shop"] }, new JwtRule { Issuer = "login", Jwks = other.Jwks, Audiences = ["cart"] }];
        using var verifier = new JwtVerifier(rules, _time);
        var authenticator = JwtAuthenticator.From(rules)!;
        Assert.Equal(JwtVerdict.Valid, authenticator.Judge(await verifier.VerifyAsync(_issuer.Token(Good), TokenPlace.Authorization, default), 0));
        Assert.NotEqual(JwtVerdict.Valid, authenticator.Judge(await verifier.VerifyAsync(other.Token(Good), TokenPlace.Authorization, default), 0));
    }

    [Fact]
    public async Task Rule_without_keys_takes_no_token()
    {
        JwtRule[] rules = [new JwtRule { Issuer = "login" }];
        using var verifier = new JwtVerifier(rules, _time);
        var token = await verifier.VerifyAsync(_issuer.Token(Good), TokenPlace.Authorization, default);
        Assert.Equal(JwtVerdict.BadSignature, JwtAuthenticator.From(rules)!.Judge(token, 0));
    }

    /// <summary>Whatever stands where a token should: no exception, and nobody has signed it unless it is the token as it was issued.</summary>
    [Fact]
    public void Damaged_tokens_are_signed_by_nobody()
    {
        string good = _issuer.Token(Good, "ES256");
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Char[" .=-_aZ09{\u00e9\0"], Gen.Int[0, 2], Gen.String).Sample((at, letter, kind, noise) =>
        {
            string text = kind switch
            {
                0 => good[..at] + letter + good[(at + 1)..],
                1 => good[..at] + noise + good[at..],
                _ => noise,
            };
            var token = _verifier.VerifyAsync(text, TokenPlace.Authorization, default).AsTask().GetAwaiter().GetResult();
            if (token.SignedBy!.Count > 0) Assert.Equal(good[..good.LastIndexOf('.')], text[..text.LastIndexOf('.')]);   // base64 of a signature has spare bits
        }, iter: 3_000);
    }

    private async Task<JwtVerdict> JudgeAsync(string text)
    {
        var token = await _verifier.ReadAsync(Request("authorization", $"Bearer {text}"), default);
        return JwtAuthenticator.From([_rule])!.Judge(token, 0);
    }

    private static MeshRequest Request(string? header = null, string value = "") => new()
    {
        Class = new RequestClass(0, 0, "shop", "/"),
        Headers = header is null ? [] : [new(header, value)],
    };
}
