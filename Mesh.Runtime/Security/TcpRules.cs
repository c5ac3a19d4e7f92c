using Mesh.Runtime.Model;

namespace Mesh.Runtime.Security;

/// <summary>
/// A policy as it holds for connections that are not HTTP (Istio): nobody knows a method or a token there. A rule of ALLOW that asks for such a thing matches no connection;
/// one of CUSTOM, DENY or AUDIT holds by the rest of it. Either way fewer get through, never more.
/// </summary>
internal static class TcpRules
{
    private const string OfRequests = "request.";

    /// <summary>The policy for plain TCP.</summary>
    public static AuthorizationConfig Of(AuthorizationConfig config) => config with
    {
        Custom = Wider(config.Custom),
        CustomAllows = Narrower(config.CustomAllows),
        Deny = Wider(config.Deny),
        Allow = Narrower(config.Allow),
        Audit = Wider(config.Audit),
    };

    private static AuthorizationRule[]? Narrower(IReadOnlyList<AuthorizationRule>? rules) => rules is null ? null : [.. rules.Where(IsOfConnections)];

    private static AuthorizationRule[]? Wider(IReadOnlyList<AuthorizationRule>? rules) => rules is null ? null : [.. rules.Select(WithoutRequests)];

    private static bool IsOfConnections(AuthorizationRule rule) =>
        rule.From.All(source => IsEmpty(source.RequestPrincipals))
        && rule.To.All(operation => IsEmpty(operation.Hosts) && IsEmpty(operation.Methods) && IsEmpty(operation.Paths))
        && !rule.When.Any(AsksRequest);

    private static AuthorizationRule WithoutRequests(AuthorizationRule rule) => new()
    {
        From = [.. rule.From.Select(source => source with { RequestPrincipals = new TextList() })],
        To = [.. rule.To.Select(operation => new OperationMatch { Ports = operation.Ports })],
        When = [.. rule.When.Where(condition => !AsksRequest(condition))],
    };

    private static bool AsksRequest(ConditionMatch condition) => condition.Key.StartsWith(OfRequests, StringComparison.Ordinal);

    private static bool IsEmpty(TextList list) => list.Values.Count == 0 && list.Not.Count == 0;
}
