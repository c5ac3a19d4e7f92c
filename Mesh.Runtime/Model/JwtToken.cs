namespace Mesh.Runtime.Model;

/// <summary>A JSON web token, parsed. The live data plane says who signed it; the virtual world's tokens are what they say.</summary>
public sealed record JwtToken
{
    /// <summary>Who issued it (<c>iss</c>).</summary>
    public string Issuer { get; init => (field, Principal) = (value, $"{value}/{Subject}"); } = "";

    /// <summary>Whom it speaks of (<c>sub</c>).</summary>
    public string Subject { get; init => (field, Principal) = (value, $"{Issuer}/{value}"); } = "";

    /// <summary>Whom it is for (<c>aud</c>).</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>When it expires (<c>exp</c>), in ticks of the world's time; <see cref="long.MaxValue"/> for never.</summary>
    public long Expires { get; init; } = long.MaxValue;

    /// <summary>When it begins to hold (<c>nbf</c>), in ticks of the world's time.</summary>
    public long NotBefore { get; init; } = long.MinValue;

    /// <summary>
    /// Key sources (<see cref="JwtRule.Jwks"/>, <see cref="JwtRule.JwksUri"/>) one of whose keys has signed it: a rule takes the token only if its own is among them.
    /// <c>null</c> where signatures are not verified: in the virtual world.
    /// </summary>
    public IReadOnlyList<string>? SignedBy { get; init; }

    /// <summary>Where it stands in the request. Default: the header <c>authorization</c> behind <c>Bearer</c>.</summary>
    public TokenPlace Place { get; init; } = TokenPlace.Authorization;

    /// <summary>
    /// The other claims. One of several values has several entries; one inside another is named by both, <c>realm.roles</c>.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Claims { get; init; } = [];

    /// <summary>Istio's request principal: <c>ISSUER/SUBJECT</c>.</summary>
    public string Principal { get; private init; } = "/";
}

/// <summary>Where a token stands in a request.</summary>
/// <param name="Kind">In a header or in the query.</param>
/// <param name="Name">The header's or parameter's name; a header's case does not matter.</param>
/// <param name="Prefix">What stands before it, <c>Bearer </c>.</param>
public sealed record TokenPlace(TokenPlaceKind Kind, string Name, string Prefix = "")
{
    /// <summary>The header <c>authorization</c>, behind <c>Bearer</c>.</summary>
    public static TokenPlace Authorization { get; } = new(TokenPlaceKind.Header, "authorization", "Bearer ");

    /// <summary>The query parameter <c>access_token</c>.</summary>
    public static TokenPlace AccessToken { get; } = new(TokenPlaceKind.Query, "access_token");

    /// <summary>Whether both are the same place.</summary>
    internal bool Is(TokenPlace other) => Kind == other.Kind && Prefix == other.Prefix
        && Name.Equals(other.Name, Kind == TokenPlaceKind.Header ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}

/// <summary>The part of a request that a token stands in.</summary>
public enum TokenPlaceKind
{
    /// <summary>A header.</summary>
    Header,
    /// <summary>A parameter of the query.</summary>
    Query,
}
