using System.Security.Cryptography;
using System.Text.Json;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.Model;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>A control plane as one that is exposed is guarded: TLS, client certificates and an issuer's tokens.</summary>
public sealed class GuardedPlane : IAsyncLifetime
{
    internal const string Issuer = "https://id.example";
    private const string Audience = "meshlab";
    private static readonly ECDsa IssuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal static TestCertificates Certificates { get; } = new();

    internal LivePlane Plane { get; private set; } = null!;

    public async Task InitializeAsync() => Plane = await LivePlane.StartAsync(options => options with
    {
        Certificate = Certificates.Server,
        Clients = new AdminClients([Certificates.Authority], new Dictionary<string, IReadOnlyList<string>> { ["vera"] = ["viewer"], ["otto"] = ["operator"], ["chas"] = ["chaos"], ["spiffe://cluster.local/ns/ops/sa/bot"] = ["viewer"] }),
        Tokens = new AdminTokens(new JwtRule { Issuer = Issuer, Audiences = [Audience], Jwks = Jwks() }) { Roles = new Dictionary<string, IReadOnlyList<string>> { ["ann"] = ["operator"] } },
    });

    public async Task DisposeAsync() => await Plane.DisposeAsync();

    public static string Token(string[] roles, string subject = "someone", string? audience = Audience, string issuer = Issuer, int? expires = 3600, int begins = -60, ECDsa? key = null)
    {
        var now = DateTimeOffset.UtcNow;
        var claims = new Dictionary<string, object> { ["iss"] = issuer, ["sub"] = subject, ["roles"] = roles, ["nbf"] = (now + TimeSpan.FromSeconds(begins)).ToUnixTimeSeconds() };
        if (audience is not null) claims["aud"] = audience;
        if (expires is { } seconds) claims["exp"] = (now + TimeSpan.FromSeconds(seconds)).ToUnixTimeSeconds();
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(JsonSerializer.Serialize(claims), new SigningCredentials(new ECDsaSecurityKey(key ?? IssuerKey) { KeyId = "one" }, SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>Signed with the public key as if it were a shared secret.</summary>
    public static string Hmac()
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
