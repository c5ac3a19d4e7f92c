namespace Mesh.Runtime.Model;

/// <summary>Which tokens the callee's sidecar takes (Istio's RequestAuthentication). A request without any token passes: to ask for one is authorization's work.</summary>
public sealed record JwtRule
{
    /// <summary>The issuer whose tokens it is for.</summary>
    public required string Issuer { get; init; }

    /// <summary>Audiences, of which a token must name one. Default: any.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>Where tokens may stand. Default: the header <c>authorization</c> behind <c>Bearer</c>, and the query parameter <c>access_token</c> (Envoy).</summary>
    public IReadOnlyList<TokenPlace> From { get; init; } = [];

    /// <summary>
    /// The issuer's public keys: a JSON web key set as text, or the path of a file that holds one. Live only: in the virtual world tokens are what they say.
    /// A rule that has neither this nor <see cref="JwksUri"/> takes no live token.
    /// </summary>
    public string? Jwks { get; init; }

    /// <summary>Where the issuer publishes its keys: an <c>http</c> or <c>https</c> address. Live only. Not together with <see cref="Jwks"/>.</summary>
    public string? JwksUri { get; init; }

    /// <summary>Where the keys come from; <c>null</c> for nowhere.</summary>
    internal string? KeySource => Jwks ?? JwksUri;

    /// <summary>By how much clocks may differ when times are judged. Default 60 s (Envoy).</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);
}
