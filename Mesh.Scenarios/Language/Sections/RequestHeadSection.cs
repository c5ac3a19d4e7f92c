using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>What routes and rules may ask of a request beside its path, method and headers.</summary>
internal static class RequestHeadSection
{
    private static readonly Shape<IReadOnlyList<KeyValuePair<string, string>>> Claims =
        new TableShape<IReadOnlyList<string>>("claims such as {groups: [admin, staff]}", Values.Name, new OneOrMoreShape<string>("values such as [admin, staff]", Values.Text))
            .Then<IReadOnlyList<KeyValuePair<string, string>>>((claims, _, _) => [.. claims.SelectMany(claim => claim.Value.Select(value => KeyValuePair.Create(claim.Key, value)))]);

    private static readonly Shape<IReadOnlyList<KeyValuePair<string, string>>> Query =
        new TableShape<string>("parameters such as {page: 1}", Values.Name, Values.Text).Then<IReadOnlyList<KeyValuePair<string, string>>>((query, _, _) => [.. query]);

    private static readonly Section<JwtToken> Token = new("token", "a token such as {issuer: shop.example, subject: ann}", () => new JwtToken())
    {
        { "issuer", Values.Text, (token, value) => token with { Issuer = value }, "Who issued it.", Presence.Required },
        { "subject", Values.Text, (token, value) => token with { Subject = value }, "Whom it speaks of. Default nobody." },
        { "audiences", new OneOrMoreShape<string>("audiences such as [payments]", Values.Text), (token, value) => token with { Audiences = value }, "Whom it is for. Default nobody." },
        { "notBefore", Values.Duration, (token, value) => token with { NotBefore = value.Ticks }, "When it begins to hold, from the start of the run. Default before it." },
        { "expires", Values.Duration, (token, value) => token with { Expires = value.Ticks }, "When it expires, from the start of the run. Default never." },
        { "header", Values.Name, (token, value) => token with { Place = new TokenPlace(TokenPlaceKind.Header, value) }, "The header that carries it. Default authorization, behind 'Bearer '." },
        { "claims", Claims, (token, value) => token with { Claims = value }, "Its other claims; one inside another is named by both, realm.roles. Default none." },
    };

    /// <summary>Keys of a request.</summary>
    public static readonly Section<RequestHeadConfig> Head = new("requestHead", "what a request says of itself, such as {query: {page: 1}}", () => new RequestHeadConfig())
    {
        { "authority", Values.Text, (head, value) => head with { Authority = value }, "The authority (host) asked for. Default the service's name." },
        { "port", Values.Count(1, 65_535), (head, value) => head with { Port = value }, "The port asked for. Default 80." },
        { "query", Query, (head, value) => head with { Query = value }, "Parameters of the query. Default none." },
        { "remoteAddress", Values.Address, (head, value) => head with { RemoteAddress = value }, "The address of the client at the mesh's edge, as x-forwarded-for would name it. Default none: the caller's own counts." },
        { "token", Token, (head, value) => head with { Token = value }, "The JSON web token that it carries. Default none." },
    };
}
