using Mesh.Runtime.Model;

namespace Mesh.Runtime.Security;

/// <summary>
/// Which tokens pass (Envoy's jwt_authn as Istio configures it): no token where the rules look passes; a token must be of a known issuer, for a known
/// audience, and in its time. Who signed it has been found out before (<see cref="JwtToken.SignedBy"/>).
/// </summary>
internal sealed class JwtAuthenticator
{
    private static readonly IReadOnlyList<TokenPlace> UsualPlaces = [TokenPlace.Authorization, TokenPlace.AccessToken];
    private readonly JwtRule[] _rules;

    private JwtAuthenticator(IReadOnlyList<JwtRule> rules) => _rules = [.. rules];

    /// <summary>The decision for a service's rules; <c>null</c> where it has none.</summary>
    public static JwtAuthenticator? From(IReadOnlyList<JwtRule>? rules) => rules is { Count: > 0 } ? new JwtAuthenticator(rules) : null;

    /// <summary>Judges the token of a request.</summary>
    /// <param name="token">The token, or <c>null</c>.</param>
    /// <param name="now">The time in ticks.</param>
    public JwtVerdict Judge(JwtToken? token, long now)
    {
        if (token is null) return JwtVerdict.Missing;
        bool seen = false;
        var verdict = JwtVerdict.UnknownIssuer;
        foreach (var rule in _rules)
        {
            if (!LooksAt(rule, token.Place)) continue;
            seen = true;
            if (rule.Issuer != token.Issuer) continue;
            verdict = Judge(rule, token, now);
            if (verdict == JwtVerdict.Valid) return verdict;
        }
        return seen ? verdict : JwtVerdict.Missing;
    }

    private static JwtVerdict Judge(JwtRule rule, JwtToken token, long now)
    {
        if (token.SignedBy is { } keys && (rule.KeySource is not { } own || !Has(keys, own))) return JwtVerdict.BadSignature;
        long skew = rule.ClockSkew.Ticks;
        if (token.NotBefore != long.MinValue && now + skew < token.NotBefore) return JwtVerdict.NotYetValid;
        if (token.Expires != long.MaxValue && now > token.Expires + skew) return JwtVerdict.Expired;
        return IsFor(rule, token) ? JwtVerdict.Valid : JwtVerdict.WrongAudience;
    }

    private static bool Has(IReadOnlyList<string> texts, string text)
    {
        for (int i = 0; i < texts.Count; i++)
            if (texts[i] == text) return true;
        return false;
    }

    private static bool IsFor(JwtRule rule, JwtToken token)
    {
        if (rule.Audiences.Count == 0) return true;
        for (int i = 0; i < rule.Audiences.Count; i++)
            if (Has(token.Audiences, rule.Audiences[i])) return true;
        return false;
    }

    private static bool LooksAt(JwtRule rule, TokenPlace place)
    {
        var places = rule.From.Count > 0 ? rule.From : UsualPlaces;
        for (int i = 0; i < places.Count; i++)
            if (places[i].Is(place)) return true;
        return false;
    }
}

/// <summary>What became of a request's token.</summary>
internal enum JwtVerdict
{
    /// <summary>It holds; authorization may go by it.</summary>
    Valid,
    /// <summary>There is none where the rules look; the request passes without one.</summary>
    Missing,
    /// <summary>No rule knows its issuer (401).</summary>
    UnknownIssuer,
    /// <summary>None of its issuer's keys has signed it (401).</summary>
    BadSignature,
    /// <summary>Its time is over (401).</summary>
    Expired,
    /// <summary>Its time has not begun (401).</summary>
    NotYetValid,
    /// <summary>It is for others (403, as in Envoy).</summary>
    WrongAudience,
}

/// <summary>Answers to tokens.</summary>
internal static class JwtAnswers
{
    /// <summary>The status of the refusal; 0 where the request passes.</summary>
    public static int Status(this JwtVerdict verdict) => verdict switch
    {
        JwtVerdict.Valid or JwtVerdict.Missing => 0,
        JwtVerdict.WrongAudience => 403,
        _ => 401,
    };
}
