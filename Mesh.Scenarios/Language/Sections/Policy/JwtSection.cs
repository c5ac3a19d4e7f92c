using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Which tokens the callee's sidecar takes.</summary>
internal static class JwtSection
{
    private static readonly Section<TokenPlace> FromHeader = new("tokenHeader", "a header such as {name: x-token}", () => new TokenPlace(TokenPlaceKind.Header, ""))
    {
        { "name", Values.Name, (place, value) => place with { Name = value }, "The header's name.", Presence.Required },
        { "prefix", Values.Text, (place, value) => place with { Prefix = value }, "What stands before the token. Default nothing." },
    };

    private static readonly Section<JwtRule> Rule = new("jwtRule", "a rule such as {issuer: shop.example, audiences: [payments]}", () => new JwtRule { Issuer = "" })
    {
        { "issuer", Values.Text, (rule, value) => rule with { Issuer = value }, "The issuer whose tokens it is for.", Presence.Required },
        { "audiences", new OneOrMoreShape<string>("audiences such as [payments]", Values.Text), (rule, value) => rule with { Audiences = value }, "Audiences, of which a token must name one. Default any." },
        { "fromHeaders", new ListShape<TokenPlace>("a list of headers such as [{name: x-token}]", FromHeader), (rule, value) => rule with { From = [.. rule.From, .. value] },
            "Headers in which tokens may stand. Default authorization, behind 'Bearer '." },
        { "fromParams", new ListShape<string>("a list of parameters such as [token]", Values.Name), (rule, value) => rule with { From = [.. rule.From, .. value.Select(name => new TokenPlace(TokenPlaceKind.Query, name))] },
            "Query parameters in which tokens may stand. Default access_token." },
        { "clockSkew", Values.Duration, (rule, value) => rule with { ClockSkew = value }, "By how much clocks may differ when times are judged. Default 60s." },
    };

    /// <summary>The rules.</summary>
    public static readonly Shape<IReadOnlyList<JwtRule>> Rules = new ListShape<JwtRule>("a list of rules such as [{issuer: shop.example}]", Rule);
}
