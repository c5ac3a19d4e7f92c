using System.Globalization;
using System.Text.Json;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.Security.Tokens;

/// <summary>Makes the mesh's token of a token's payload.</summary>
internal static class JwtClaims
{
    /// <summary>Claims whose text is a list, with spaces between its entries (Istio).</summary>
    private static readonly string[] SpaceDelimited = ["scope", "permission"];

    /// <summary>The token; <c>null</c> where a registered claim has a wrong type.</summary>
    public static JwtToken? Read(JsonElement payload, TokenPlace place, LiveTime time)
    {
        if (payload.ValueKind != JsonValueKind.Object) return null;
        var claims = new List<KeyValuePair<string, string>>();
        var token = new JwtToken { Place = place };
        foreach (var claim in payload.EnumerateObject())
        {
            var read = claim.Name switch
            {
                "iss" => Text(claim.Value) is { } issuer ? token with { Issuer = issuer } : null,
                "sub" => Text(claim.Value) is { } subject ? token with { Subject = subject } : null,
                "aud" => Texts(claim.Value) is { } audiences ? token with { Audiences = audiences } : null,
                "exp" => Time(claim.Value, time) is { } expires ? token with { Expires = expires } : null,
                "nbf" => Time(claim.Value, time) is { } notBefore ? token with { NotBefore = notBefore } : null,
                _ => Other(claims, claim, token),
            };
            if (read is null) return null;
            token = read;
        }
        return token with { Claims = claims };
    }

    private static JwtToken Other(List<KeyValuePair<string, string>> claims, JsonProperty claim, JwtToken token)
    {
        if (claim.Value.ValueKind == JsonValueKind.String && SpaceDelimited.Contains(claim.Name))
            claims.AddRange(claim.Value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(entry => KeyValuePair.Create(claim.Name, entry)));
        else Add(claims, claim.Name, claim.Value);
        return token;
    }

    private static void Add(List<KeyValuePair<string, string>> claims, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var inner in value.EnumerateObject()) Add(claims, $"{name}.{inner.Name}", inner.Value);
                break;
            case JsonValueKind.Array:
                foreach (var entry in value.EnumerateArray()) Add(claims, name, entry);
                break;
            case JsonValueKind.String:
                claims.Add(new(name, value.GetString()!));
                break;
            case JsonValueKind.Null:
                break;
            default:
                claims.Add(new(name, value.GetRawText()));   // a number as it was written, true or false
                break;
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string[]? Texts(JsonElement value)
    {
        if (Text(value) is { } one) return [one];
        if (value.ValueKind != JsonValueKind.Array) return null;
        string[] texts = [.. value.EnumerateArray().Select(Text).OfType<string>()];
        return texts.Length == value.GetArrayLength() ? texts : null;
    }

    /// <summary>Seconds since 1970, perhaps with a fraction (RFC 7519 §2), in the world's ticks; far away is never.</summary>
    private static long? Time(JsonElement value, LiveTime time)
    {
        if (value.ValueKind != JsonValueKind.Number || !double.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)) return null;
        double ticks = time.ToTicks(DateTimeOffset.UnixEpoch) + seconds * TimeSpan.TicksPerSecond;
        return double.IsNaN(ticks) ? null : ticks >= long.MaxValue ? long.MaxValue : ticks <= long.MinValue ? long.MinValue : (long)ticks;
    }
}
