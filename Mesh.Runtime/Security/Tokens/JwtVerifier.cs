using System.Text.Json;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Routing;
using Mesh.Runtime.Sidecar;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mesh.Runtime.Security.Tokens;

/// <summary>
/// Finds a live request's token where the rules look, and whose keys have signed it; whether it then passes is <see cref="JwtAuthenticator"/>'s to say.
/// Signatures are RSA's and ECDSA's only: a token without one, or with one made by a shared secret, is signed by nobody.
/// </summary>
internal sealed class JwtVerifier : IDisposable
{
    private const int LongestToken = 16 * 1024;
    private static readonly IReadOnlyList<TokenPlace> UsualPlaces = [TokenPlace.Authorization, TokenPlace.AccessToken];
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken, MapInboundClaims = false };
    private readonly TokenPlace[] _places;
    private readonly (string Issuer, string Name, JwksSource Keys)[] _sources;
    private readonly LiveTime _time;
    private readonly HttpClient _http = JwksFetch.NewClient();

    /// <summary>A verifier for a service's rules.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="time">The world's time.</param>
    /// <param name="options">How keys are kept fresh. Default: Istio's.</param>
    /// <param name="failed">Told which issuer's keys could not be fetched, and why. It must not throw.</param>
    public JwtVerifier(IReadOnlyList<JwtRule> rules, LiveTime time, JwksOptions? options = null, Action<string, string>? failed = null)
    {
        _time = time;
        options ??= new JwksOptions();
        _places = [.. rules.SelectMany(rule => rule.From.Count > 0 ? rule.From : UsualPlaces).Distinct()];
        var sources = new Dictionary<string, JwksSource>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            if (rule.KeySource is { } name && !sources.ContainsKey(name) && JwksFetch.For(rule, _http, options.MostBytes) is { } fetch)
                sources.Add(name, new JwksSource(fetch, time, options, reason => failed?.Invoke(rule.Issuer, reason)));
        }
        _sources = [.. rules.Where(rule => rule.KeySource is not null).Select(rule => (rule.Issuer, rule.KeySource!, sources[rule.KeySource!])).Distinct()];
    }

    /// <summary>The request's token, verified; <c>null</c> where there is none. What stands there and is no token is one that nobody has issued.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Gives up waiting for keys.</param>
    public async ValueTask<JwtToken?> ReadAsync(MeshRequest request, CancellationToken cancellation)
    {
        foreach (var place in _places)
        {
            if (Find(request, place) is { } text) return await VerifyAsync(text, place, cancellation).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>The token in a text, and whose keys have signed it.</summary>
    public async ValueTask<JwtToken> VerifyAsync(string text, TokenPlace place, CancellationToken cancellation)
    {
        var none = new JwtToken { Place = place, SignedBy = [] };
        if (!TryParse(text, out var parsed)) return none;
        using var payload = Payload(parsed);
        if (payload is null || JwtClaims.Read(payload.RootElement, place, _time) is not { } token) return none;
        var signedBy = new List<string>();
        foreach (var (issuer, name, keys) in _sources)
        {
            if (issuer == token.Issuer && await IsSignedAsync(text, parsed, keys, cancellation).ConfigureAwait(false)) signedBy.Add(name);
        }
        return token with { SignedBy = signedBy };
    }

    /// <summary>Closes the connections to issuers.</summary>
    public void Dispose() => _http.Dispose();

    private async ValueTask<bool> IsSignedAsync(string text, JsonWebToken token, JwksSource source, CancellationToken cancellation)
    {
        var keys = await source.KeysForAsync(token.Kid, cancellation).ConfigureAwait(false);
        SecurityKey[] candidates = [.. keys.For(token.Kid, token.Alg)];
        if (candidates.Length == 0) return false;
        var verified = await _handler.ValidateTokenAsync(text, new TokenValidationParameters
        {
            IssuerSigningKeys = candidates,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            ValidateIssuer = false,     // these three are the authenticator's, for both worlds
            ValidateAudience = false,
            ValidateLifetime = false,
        }).ConfigureAwait(false);
        return verified.IsValid;
    }

    /// <summary>A signed token in compact form, by an algorithm of ours, and without extensions that have to be understood (<c>crit</c>, RFC 7515 §4.1.11).</summary>
    private static bool TryParse(string text, out JsonWebToken token)
    {
        token = null!;
        if (text.Length > LongestToken || text.Count(letter => letter == '.') != 2) return false;
        try
        {
            token = new JsonWebToken(text);
            return Algorithms.Contains(token.Alg) && !token.TryGetHeaderValue<object>("crit", out _);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or JsonException)
        {
            return false;
        }
    }

    private static JsonDocument? Payload(JsonWebToken token)
    {
        try
        {
            return JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    private static string? Find(MeshRequest request, TokenPlace place)
    {
        if (place.Kind == TokenPlaceKind.Query) return Text(Fields.Find(request.Query, place.Name, StringComparison.Ordinal));
        string? value = Text(Fields.Find(request.Headers, place.Name, StringComparison.OrdinalIgnoreCase));
        return value is not null && value.StartsWith(place.Prefix, StringComparison.OrdinalIgnoreCase) ? value[place.Prefix.Length..].Trim() : null;
    }

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
