using Mesh.Runtime.Security;

namespace Mesh.Runtime.Model;

/// <summary>
/// Who may call the service (Istio's AuthorizationPolicy), judged in the callee's sidecar in this order: <see cref="Custom"/>, <see cref="Deny"/>,
/// <see cref="Allow"/>. A list that is <c>null</c> is no policy of that action; an empty one is a policy that matches nothing.
/// </summary>
public sealed record AuthorizationConfig
{
    /// <summary>Requests that an external authorizer is asked about; it may refuse them. Default: none.</summary>
    public IReadOnlyList<AuthorizationRule>? Custom { get; init; }

    /// <summary>What the external authorizer lets pass, where there is none to ask (the virtual world). Default: nothing, so that all that <see cref="Custom"/> matches is refused.</summary>
    public IReadOnlyList<AuthorizationRule>? CustomAllows { get; init; }

    /// <summary>Requests that are refused. Default: none.</summary>
    public IReadOnlyList<AuthorizationRule>? Deny { get; init; }

    /// <summary>
    /// Requests that may pass. Once there is such a list, everything it does not match is refused; an empty one refuses all. Default: no list, and all pass.
    /// </summary>
    public IReadOnlyList<AuthorizationRule>? Allow { get; init; }

    /// <summary>Requests that are noted, by an event, whether they pass or not. It refuses nothing. Default: none.</summary>
    public IReadOnlyList<AuthorizationRule>? Audit { get; init; }
}

/// <summary>One rule: a source, an operation and all conditions must match. What is empty matches everything.</summary>
public sealed record AuthorizationRule
{
    /// <summary>Sources, of which one must match. Empty: any.</summary>
    public IReadOnlyList<SourceMatch> From { get; init; } = [];

    /// <summary>Operations, of which one must match. Empty: any.</summary>
    public IReadOnlyList<OperationMatch> To { get; init; } = [];

    /// <summary>Conditions, all of which must match.</summary>
    public IReadOnlyList<ConditionMatch> When { get; init; } = [];
}

/// <summary>Who calls. Every list given must match, by one of its entries; a "not" list matches when none of its entries does.</summary>
public sealed record SourceMatch
{
    /// <summary>Callers' identities without <c>spiffe://</c>: <c>cluster.local/ns/default/sa/shop</c>, or an account alone, <c>shop</c>, in any namespace.</summary>
    public TextList Principals { get; init; } = new();

    /// <summary>Namespaces of the callers' identities.</summary>
    public TextList Namespaces { get; init; } = new();

    /// <summary>Trust domains of the callers' identities.</summary>
    public TextList TrustDomains { get; init; } = new();

    /// <summary>Token principals, <c>ISSUER/SUBJECT</c>.</summary>
    public TextList RequestPrincipals { get; init; } = new();

    /// <summary>Addresses that the request comes from, or blocks of them, <c>10.1.0.0/16</c>. An address that is not known is in none.</summary>
    public TextList IpBlocks { get; init; } = new();

    /// <summary>The same of the client at the mesh's edge, where a trusted proxy named it.</summary>
    public TextList RemoteIpBlocks { get; init; } = new();

    /// <summary>What is wrong with a block, for the one who wrote it; <c>null</c> for nothing.</summary>
    public static string? ProblemOfBlock(string text) => Security.IpBlocks.Problem(text);
}

/// <summary>What is asked for. Every list given must match, by one of its entries; a "not" list matches when none of its entries does.</summary>
public sealed record OperationMatch
{
    /// <summary>Hosts (the authority); case does not matter.</summary>
    public TextList Hosts { get; init; } = new();

    /// <summary>Ports, as text.</summary>
    public TextList Ports { get; init; } = new();

    /// <summary>Methods.</summary>
    public TextList Methods { get; init; } = new();

    /// <summary>Paths; also templates with <c>{*}</c> and <c>{**}</c>.</summary>
    public TextList Paths { get; init; } = new();
}

/// <summary>A condition on an attribute of the request.</summary>
/// <param name="Key">
/// <c>request.headers[NAME]</c>, <c>request.auth.claims[NAME]</c>, <c>request.auth.principal</c>, <c>request.auth.audiences</c>,
/// <c>request.auth.presenter</c>, <c>source.principal</c>, <c>source.namespace</c>, <c>source.ip</c>, <c>remote.ip</c> or <c>destination.port</c>.
/// </param>
/// <param name="Values">Values of which one must match, or none for "not".</param>
public sealed record ConditionMatch(string Key, TextList Values)
{
    /// <summary>The attributes that a key may name.</summary>
    public static IReadOnlyList<string> KnownKeys => ConditionMatcher.Known;

    /// <summary>Whether the key names one of them.</summary>
    public bool IsKnown => ConditionMatcher.Knows(Key);

    /// <summary>Whether its values are addresses or blocks of them.</summary>
    public bool IsAddress => ConditionMatcher.IsAddress(Key);
}

/// <summary>Patterns of which one must match, and patterns none of which may. A pattern is a text, <c>prefix*</c>, <c>*suffix</c>, or <c>*</c> for any that is there.</summary>
public sealed record TextList
{
    /// <summary>One of these must match. Empty asks for nothing.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>None of these may match.</summary>
    public IReadOnlyList<string> Not { get; init; } = [];
}
