using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>What a route takes.</summary>
internal static class RouteMatchSection
{
    private static readonly Shape<IReadOnlyList<KeyValuePair<string, string>>> Labels =
        new TableShape<string>("labels such as {tier: gold}", Values.Name, Values.Text).Then<IReadOnlyList<KeyValuePair<string, string>>>((labels, _, _) => [.. labels]);

    private static readonly Section<RouteMatchConfig> Caller = new("routeCaller", "a caller such as {service: shop, labels: {tier: gold}}", () => new RouteMatchConfig())
    {
        { "service", Values.Name, (match, value) => match with { FromService = value }, "The calling service, or ingress. Default any." },
        { "namespace", Values.Name, (match, value) => match with { FromNamespace = value }, "The caller's namespace. Default any." },
        { "labels", Labels, (match, value) => match with { FromLabels = value }, "Labels that the caller's version has, all of them. Default any." },
    };

    /// <summary>What a route takes.</summary>
    public static readonly Section<RouteMatchConfig> Match = new("routeMatch", "a match such as {path: {prefix: /cart}, method: GET}", () => new RouteMatchConfig())
    {
        { "authority", MatchShape.Text, (match, value) => match with { Authority = value }, "The authority (host) asked for. Default any." },
        { "path", MatchShape.Path, (match, value) => match with { Path = value }, "The path. Default any." },
        { "method", Values.Method, (match, value) => match with { Method = value }, "The method. Default any." },
        { "headers", MatchShape.Fields("headers such as {x-tier: gold}"), (match, value) => match with { Headers = value }, "Headers, all of them. Default any." },
        { "query", MatchShape.Fields("parameters such as {page: 1}"), (match, value) => match with { Query = value }, "Parameters of the query, all of them. Default any." },
        { "from", new EitherShape<RouteMatchConfig>(Values.Name.Then((name, _, _) => new RouteMatchConfig { FromService = name }), Caller),
            (match, from) => match with { FromService = from.FromService, FromNamespace = from.FromNamespace, FromLabels = from.FromLabels }, "The calling service, or a mapping. Default anybody." },
    };
}
