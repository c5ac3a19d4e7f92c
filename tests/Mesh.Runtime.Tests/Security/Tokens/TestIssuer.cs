using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Runtime.Tests.Security.Tokens;

/// <summary>An issuer of tokens, which makes them by hand: the product's library has no part in it.</summary>
internal sealed class TestIssuer : IDisposable
{
    private static readonly ConcurrentBag<RSA> Spare = [];   // a new one costs a quarter of a second
    private readonly RSA _rsa = Spare.TryTake(out var spare) ? spare : RSA.Create(2048);
    private readonly ECDsa _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public TestIssuer(string keyId = "k1") => KeyId = keyId;

    public string KeyId { get; }

    /// <summary>Its public keys: <c>KeyId-rsa</c>, <c>KeyId-256</c>, <c>KeyId-384</c>.</summary>
    public string Jwks => $$"""{"keys": [{{string.Join(", ", Keys.Select(key => key.ToJsonString()))}}]}""";

    public IEnumerable<JsonObject> Keys
    {
        get
        {
            var rsa = _rsa.ExportParameters(false);
            yield return new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = $"{KeyId}-rsa", ["n"] = Encode(rsa.Modulus!), ["e"] = Encode(rsa.Exponent!) };
            foreach (var (key, size) in new[] { (_p256, 256), (_p384, 384) })
            {
                var point = key.ExportParameters(false).Q;
                yield return new JsonObject { ["kty"] = "EC", ["crv"] = $"P-{size}", ["kid"] = $"{KeyId}-{size}", ["x"] = Encode(point.X!), ["y"] = Encode(point.Y!) };
            }
        }
    }

    public string PublicPem => _rsa.ExportSubjectPublicKeyInfoPem();

    /// <summary>A signed token.</summary>
    /// <param name="payload">Its payload, JSON.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="keyId">The key id in its header; <c>null</c> for that of the key, empty for none.</param>
    /// <param name="header">More of the header.</param>
    public string Token(string payload, string algorithm = "RS256", string? keyId = null, JsonObject? header = null)
    {
        header ??= [];
        header["alg"] = algorithm;
        keyId ??= $"{KeyId}-{algorithm switch { "ES256" => "256", "ES384" => "384", _ => "rsa" }}";
        if (keyId.Length > 0) header["kid"] = keyId;
        string signed = $"{Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Encode(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Encode(Sign(algorithm, Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        Spare.Add(_rsa);
        _p256.Dispose();
        _p384.Dispose();
    }

    public static string Encode(byte[] bytes) => Base64UrlEncoder.Encode(bytes);

    public static string Payload(object claims) => JsonSerializer.Serialize(claims);

    private byte[] Sign(string algorithm, byte[] data)
    {
        var hash = new HashAlgorithmName($"SHA{algorithm[2..]}");
        return algorithm[..2] switch
        {
            "RS" => _rsa.SignData(data, hash, RSASignaturePadding.Pkcs1),
            "PS" => _rsa.SignData(data, hash, RSASignaturePadding.Pss),
            "ES" => (algorithm == "ES256" ? _p256 : _p384).SignData(data, hash),
            "HS" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(PublicPem), data),   // the classic: the public key as a shared secret
            _ => [],
        };
    }
}
