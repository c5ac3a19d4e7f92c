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

    /// <summary>By how much clocks may differ when times are judged. Default 60 s (Envoy).</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);
}
