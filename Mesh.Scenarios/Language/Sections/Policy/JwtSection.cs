using System.Text.Json;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Which tokens the callee's sidecar takes.</summary>
internal static class JwtSection
{
    private static readonly Section<TokenPlace> FromHeader = new("tokenHeader", "a header such as {name: x-token}", () => new TokenPlace(TokenPlaceKind.Header, ""))
    {
        { "name", Values.Name, (place, value) => place with { Name = value }, "The header's name.", Presence.Required },
        { "prefix", Values.Text, (place, value) => place with { Prefix = value }, "What stands before the token. Default nothing." },
    };

    private static readonly Section<JwtRule> Rule = new Section<JwtRule>("jwtRule", "a rule such as {issuer: shop.example, audiences: [payments]}", () => new JwtRule { Issuer = "" })
    {
        { "issuer", Values.Text, (rule, value) => rule with { Issuer = value }, "The issuer whose tokens it is for.", Presence.Required },
        { "audiences", new OneOrMoreShape<string>("audiences such as [payments]", Values.Text), (rule, value) => rule with { Audiences = value }, "Audiences, of which a token must name one. Default any." },
        { "fromHeaders", new ListShape<TokenPlace>("a list of headers such as [{name: x-token}]", FromHeader), (rule, value) => rule with { From = [.. rule.From, .. value] },
            "Headers in which tokens may stand. Default authorization, behind 'Bearer '." },
        { "fromParams", new ListShape<string>("a list of parameters such as [token]", Values.Name), (rule, value) => rule with { From = [.. rule.From, .. value.Select(name => new TokenPlace(TokenPlaceKind.Query, name))] },
            "Query parameters in which tokens may stand. Default access_token." },
        { "jwks", Values.Text, (rule, value) => rule with { Jwks = value },
            "The issuer's public keys: a JSON web key set, or the path of a file that holds one. Live only; in the virtual world tokens are what they say. Default none: no live token is taken." },
        { "jwksUri", Values.Text, (rule, value) => rule with { JwksUri = value }, "Where the issuer publishes its keys, such as https://login.example/keys. Live only. Default none." },
        { "clockSkew", Values.Duration, (rule, value) => rule with { ClockSkew = value }, "By how much clocks may differ when times are judged. Default 60s." },
    }
    .Check(CheckKeys);

    /// <summary>The rules.</summary>
    public static readonly Shape<IReadOnlyList<JwtRule>> Rules = new ListShape<JwtRule>("a list of rules such as [{issuer: shop.example}]", Rule);

    private static void CheckKeys(JwtRule rule, YamlMap map, Reading reading)
    {
        if (rule is { Jwks: not null, JwksUri: not null }) reading.Error(map.Find("jwksUri")!, map, "'jwks' already says the keys; write one of the two.");
        if (rule.JwksUri is { } uri && !(Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"))
            reading.Error(map.Find("jwksUri")!.Value, $"'{uri}' is not the address of a key set; write one that begins with https:// or http://.");
        if (rule.Jwks is { } jwks && jwks.StartsWith('{') && !IsJson(jwks))
            reading.Error(map.Find("jwks")!.Value, "it begins like a key set, but is not JSON; write '{\"keys\": [...]}' in single quotes, or the path of a file.");
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
