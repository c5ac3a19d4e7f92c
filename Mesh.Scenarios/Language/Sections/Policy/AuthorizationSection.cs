using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Who may call: Istio's AuthorizationPolicy, its actions together.</summary>
internal static class AuthorizationSection
{
    private static readonly Shape<IReadOnlyList<string>> Texts = new OneOrMoreShape<string>("texts such as [GET, P*]", Values.Text);

    private static readonly Shape<IReadOnlyList<string>> Paths = new OneOrMoreShape<string>("paths such as [/pay*]", Values.Text.Then(CheckPath));

    private static readonly Shape<IReadOnlyList<string>> Blocks = new OneOrMoreShape<string>("addresses or blocks such as [10.1.0.0/16]", Values.Text.Then(CheckBlock));

    private static readonly Section<SourceMatch> Source = new("source", "a source such as {principals: [shop], namespaces: [default]}", () => new SourceMatch())
    {
        { "principals", Texts, (source, value) => source with { Principals = source.Principals with { Values = value } }, "Callers' identities, cluster.local/ns/default/sa/shop, or accounts alone, shop. Default anybody's." },
        { "notPrincipals", Texts, (source, value) => source with { Principals = source.Principals with { Not = value } }, "Identities that do not match. Default none." },
        { "namespaces", Texts, (source, value) => source with { Namespaces = source.Namespaces with { Values = value } }, "Callers' namespaces. Default any." },
        { "notNamespaces", Texts, (source, value) => source with { Namespaces = source.Namespaces with { Not = value } }, "Namespaces that do not match. Default none." },
        { "trustDomains", Texts, (source, value) => source with { TrustDomains = source.TrustDomains with { Values = value } }, "Trust domains of the callers' identities. Default any." },
        { "notTrustDomains", Texts, (source, value) => source with { TrustDomains = source.TrustDomains with { Not = value } }, "Trust domains that do not match. Default none." },
        { "requestPrincipals", Texts, (source, value) => source with { RequestPrincipals = source.RequestPrincipals with { Values = value } }, "Valid tokens' ISSUER/SUBJECT; * asks for any valid token. Default: no token is asked for." },
        { "notRequestPrincipals", Texts, (source, value) => source with { RequestPrincipals = source.RequestPrincipals with { Not = value } }, "Tokens that do not match. Default none." },
        { "ipBlocks", Blocks, (source, value) => source with { IpBlocks = source.IpBlocks with { Values = value } }, "Addresses or blocks of them that the request comes from; the n-th service of the file has 10.n.0.0/16, the ingress 10.0.0.1. Default any." },
        { "notIpBlocks", Blocks, (source, value) => source with { IpBlocks = source.IpBlocks with { Not = value } }, "Addresses or blocks that do not match. Default none." },
        { "remoteIpBlocks", Blocks, (source, value) => source with { RemoteIpBlocks = source.RemoteIpBlocks with { Values = value } }, "The same of the client at the mesh's edge (remoteAddress), where one is named. Default any." },
        { "notRemoteIpBlocks", Blocks, (source, value) => source with { RemoteIpBlocks = source.RemoteIpBlocks with { Not = value } }, "Clients' addresses or blocks that do not match. Default none." },
    };

    private static readonly Section<OperationMatch> Operation = new("operation", "an operation such as {methods: [GET], paths: [/pay*]}", () => new OperationMatch())
    {
        { "hosts", Texts, (operation, value) => operation with { Hosts = operation.Hosts with { Values = value } }, "Hosts (the authority). Default any." },
        { "notHosts", Texts, (operation, value) => operation with { Hosts = operation.Hosts with { Not = value } }, "Hosts that do not match. Default none." },
        { "ports", Texts, (operation, value) => operation with { Ports = operation.Ports with { Values = value } }, "Ports. Default any." },
        { "notPorts", Texts, (operation, value) => operation with { Ports = operation.Ports with { Not = value } }, "Ports that do not match. Default none." },
        { "methods", Texts, (operation, value) => operation with { Methods = operation.Methods with { Values = value } }, "Methods. Default any." },
        { "notMethods", Texts, (operation, value) => operation with { Methods = operation.Methods with { Not = value } }, "Methods that do not match. Default none." },
        { "paths", Paths, (operation, value) => operation with { Paths = operation.Paths with { Values = value } }, "Paths, also templates such as /users/{*}. Default any." },
        { "notPaths", Paths, (operation, value) => operation with { Paths = operation.Paths with { Not = value } }, "Paths that do not match. Default none." },
    };

    private static readonly Section<ConditionMatch> Condition = new Section<ConditionMatch>("condition", "a condition such as {key: source.namespace, values: [shop]}", () => new ConditionMatch("", new TextList()))
    {
        { "key", Values.Text, (condition, value) => condition with { Key = value }, $"The attribute: {string.Join(", ", ConditionMatch.KnownKeys)}.", Presence.Required },
        { "values", Texts, (condition, value) => condition with { Values = condition.Values with { Values = value } }, "Values, of which one must match. Default any." },
        { "notValues", Texts, (condition, value) => condition with { Values = condition.Values with { Not = value } }, "Values that do not match. Default none." },
    }
    .Check(CheckCondition);

    private static readonly Section<AuthorizationRule> Rule = new("authorizationRule", "a rule such as {from: {principals: [shop]}, to: {methods: [GET]}}; {} matches every request", () => new AuthorizationRule())
    {
        { "from", new OneOrMoreShape<SourceMatch>("sources such as [{principals: [shop]}]", Source), (rule, value) => rule with { From = value }, "Who calls: one of these. Default anybody." },
        { "to", new OneOrMoreShape<OperationMatch>("operations such as [{methods: [GET]}]", Operation), (rule, value) => rule with { To = value }, "What is asked for: one of these. Default anything." },
        { "when", new OneOrMoreShape<ConditionMatch>("conditions such as [{key: source.namespace, values: [shop]}]", Condition), (rule, value) => rule with { When = value }, "Conditions, all of them. Default none." },
    };

    private static readonly Shape<IReadOnlyList<AuthorizationRule>> Rules = new ListShape<AuthorizationRule>("a list of rules such as [{from: {principals: [shop]}}]", Rule, mayBeEmpty: true);

    /// <summary>Who may call.</summary>
    public static readonly Section<AuthorizationConfig> Authorization = new Section<AuthorizationConfig>("authorization", "an authorization such as {allow: [{from: {principals: [shop]}}]}", () => new AuthorizationConfig())
    {
        { "custom", Rules, (authorization, value) => authorization with { Custom = value }, "Requests that an external authorizer is asked about first, and may refuse. Default none." },
        { "customAllows", Rules, (authorization, value) => authorization with { CustomAllows = value }, "What that authorizer lets pass, where there is none to ask, as in the virtual world. Default nothing." },
        { "deny", Rules, (authorization, value) => authorization with { Deny = value }, "Requests that are refused, whatever allows them. Default none." },
        { "allow", Rules, (authorization, value) => authorization with { Allow = value }, "Requests that may pass; all others are then refused, and [] refuses all. Default: all may pass." },
        { "audit", Rules, (authorization, value) => authorization with { Audit = value }, "Requests that are noted, by an event RequestAudited, whether they pass or not. Default none." },
    }
    .Check((authorization, map, reading) =>
    {
        if (map.Find("customAllows") is { } allows && authorization.Custom is null) reading.Error(allows, map, "'customAllows' answers for requests that 'custom' matches; write those rules too.");
    });

    private static string CheckPath(string path, YamlValue value, Reading reading)
    {
        if (path.Contains('{', StringComparison.Ordinal) && new PathMatch(PathMatchKind.Template, path).Problem() is { } problem) reading.Error(value, problem);
        return path;
    }

    private static string CheckBlock(string block, YamlValue value, Reading reading)
    {
        if (SourceMatch.ProblemOfBlock(block) is { } problem) reading.Error(value, problem);
        return block;
    }

    private static void CheckCondition(ConditionMatch condition, YamlMap map, Reading reading)
    {
        if (!condition.IsKnown) reading.Error(map.Find("key")?.Value ?? map, $"'{condition.Key}' is not an attribute of a request.{Suggest.From(condition.Key, ConditionMatch.KnownKeys, "Attributes")}");
        if (condition.Values is { Values.Count: 0, Not.Count: 0 }) reading.Error(map, "a condition needs 'values' or 'notValues'.");
        if (!condition.IsAddress) return;
        foreach (string block in condition.Values.Values.Concat(condition.Values.Not))
        {
            if (SourceMatch.ProblemOfBlock(block) is { } problem) reading.Error(map, problem);
        }
    }
}
