using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Requests treated in their own way.</summary>
internal static class RouteSection
{
    private static readonly Section<PolicyConfig> Policy = new("routePolicy", "a route's policy such as {timeout: 2s}", () => new PolicyConfig())
    {
        { "timeout", Values.Duration, (policy, value) => policy with { Timeout = value }, "Total time for a request; 0 switches it off. Default: the service's." },
        { "perTryTimeout", Values.Duration, (policy, value) => policy with { PerTryTimeout = value }, "Time for each attempt until its response headers; 0 switches it off. Default: the service's." },
        { "idleTimeout", Values.Duration, (policy, value) => policy with { IdleTimeout = value }, "Longest silence within a response's body; 0 switches it off. Default: the service's." },
        { "deadlinePropagation", Values.Flag, (policy, value) => policy with { DeadlinePropagation = value }, "Whether a hop never waits longer than its caller does. Default: the service's." },
        { "retries", RetrySection.Retries, (policy, value) => policy with { Retries = value }, "When and how often a failed attempt is repeated. Default: the service's." },
        { "hedge", HedgeSection.Hedge, (policy, value) => policy with { Hedge = value }, "A second attempt beside a slow first one. Default: the service's." },
        { "split", SplitSection.Split, (policy, value) => policy with { Split = value }, "Shares of the requests by version or subset. Default: the service's." },
        { "mirror", MirrorSection.Mirror, (policy, value) => policy with { Mirror = value }, "Where a copy of requests goes. Default: the service's." },
    };

    /// <summary>A route.</summary>
    public static readonly Section<RouteConfig> Route = new Section<RouteConfig>("route", "a route such as {match: {path: /cart}, timeout: 300ms}", () => new RouteConfig())
    {
        { "name", Values.Name, (route, value) => route with { Name = value }, "Its name. Default none." },
        { "match", new OneOrMoreShape<RouteMatchConfig>("matches such as [{path: /cart}, {path: /basket}]", RouteMatchSection.Match), (route, value) => route with { Match = value },
            "What it takes: one match, or a list of which any suffices. Default every request." },
        { "redirect", RouteActionSections.Redirect, (route, value) => route with { Redirect = value }, "Answers that the request is to be sent elsewhere. Default no." },
        { "directResponse", RouteActionSections.DirectResponse, (route, value) => route with { DirectResponse = value }, "The proxy answers itself. Default no." },
        { "rewrite", RouteActionSections.Rewrite, (route, value) => route with { Rewrite = value }, "What the request is called when it is sent on. Default as it is." },
        { "headers", RouteActionSections.Headers, (route, value) => route with { RequestHeaders = value.Request, ResponseHeaders = value.Response }, "Changes to headers. Default none." },
    }
    .Embed(Policy, route => route.Policy, (route, policy) => route with { Policy = policy })
    .Check(CheckActions);

    private static void CheckActions(RouteConfig route, YamlMap map, Reading reading)
    {
        if (route is { Redirect: not null, DirectResponse: not null }) reading.Error(map, "'redirect' and 'directResponse' both answer the request; keep one.");
        if (route is { Redirect: not null, Rewrite: not null }) reading.Error(map, "'rewrite' has no effect beside 'redirect', which sends nothing on; write the new path in the redirect.");
        bool prefix = route.Match.Count == 0 || route.Match.All(match => match.Path is null or { Kind: PathMatchKind.Prefix });
        if (!prefix && (route.Rewrite?.Prefix ?? route.Redirect?.Prefix) is not null) reading.Error(map, "a new prefix needs matches by prefix, such as match: {path: {prefix: /cart}}; write 'path' for a whole new path.");
    }
}
