using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Runtime.Security.Tokens;

/// <summary>The public keys of one key set that may verify signatures.</summary>
internal sealed class JwksKeys
{
    private const int MostKeys = 64;
    private const int SmallestRsaKey = 2048;
    private readonly (JsonWebKey Key, string Family)[] _keys;

    private JwksKeys((JsonWebKey, string)[] keys) => _keys = keys;

    /// <summary>No keys.</summary>
    public static JwksKeys None { get; } = new([]);

    /// <summary>How many there are.</summary>
    public int Count => _keys.Length;

    /// <summary>Reads a key set. Keys of other kinds (symmetric ones above all), for other uses, or too weak are passed over, as RFC 7517 §5 has it.</summary>
    /// <exception cref="FormatException">It is no key set, or has no usable key.</exception>
    public static JwksKeys Parse(string json)
    {
        try
        {
            (JsonWebKey, string)[] keys = [.. JsonWebKeySet.Create(json).Keys.Take(MostKeys).Select(key => (key, Family(key))).Where(key => key.Item2.Length > 0)];
            return keys.Length > 0 ? new JwksKeys(keys) : throw new FormatException("there is no key in it that verifies signatures: RSA of 2048 bits or more, P-256 or P-384.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException("it is not a JSON web key set, such as {\"keys\": [...]}.", e);
        }
    }

    /// <summary>The keys that may have signed a token: of its key id, or all where it has none, and of the algorithm that it names.</summary>
    public IEnumerable<SecurityKey> For(string? keyId, string algorithm)
    {
        foreach (var (key, family) in _keys)
        {
            if (IsOf(key, keyId) && algorithm is [_, _, ..] && IsFor(family, algorithm) && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm)) yield return key;
        }
    }

    /// <summary>Whether there is a key of this id.</summary>
    public bool Knows(string? keyId) => _keys.Any(one => IsOf(one.Key, keyId));

    private static bool IsOf(JsonWebKey key, string? keyId) => string.IsNullOrEmpty(keyId) || string.IsNullOrEmpty(key.Kid) || key.Kid == keyId;

    private static bool IsFor(string family, string algorithm) => family == "RSA" ? algorithm[0] is 'R' or 'P' : family == algorithm;

    /// <summary>The algorithms that a key serves: <c>RSA</c>, or the one of its curve; empty for none.</summary>
    private static string Family(JsonWebKey key)
    {
        if (key.Use is not (null or "" or "sig") || (key.KeyOps.Count > 0 && !key.KeyOps.Contains("verify"))) return "";
        return (key.Kty, key.Crv) switch
        {
            ("RSA", _) when key.KeySize >= SmallestRsaKey => "RSA",
            ("EC", "P-256") => SecurityAlgorithms.EcdsaSha256,
            ("EC", "P-384") => SecurityAlgorithms.EcdsaSha384,
            _ => "",
        };
    }
}
