using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Routing;

/// <summary>A service's routes in order of precedence, compiled once. Each match of a route has its own place in the order (Gateway API).</summary>
internal sealed class RouteTable
{
    private readonly (RequestMatcher Match, RouteModel Route)[] _entries;

    private RouteTable((RequestMatcher, RouteModel)[] entries, RouteModel rest)
    {
        _entries = entries;
        Rest = rest;
    }

    /// <summary>What no route of the user's matches.</summary>
    public RouteModel Rest { get; }

    /// <summary>The user's routes, the one that goes first at the start; a route with several matches stands there with each.</summary>
    public IEnumerable<RouteModel> Routes => _entries.Select(entry => entry.Route);

    /// <summary>The routes of a service's policy.</summary>
    public static RouteTable From(PolicyConfig config)
    {
        var entries = new List<(RequestMatcher Match, RouteModel Route)>();
        foreach (var route in config.Routes ?? [])
        {
            IReadOnlyList<RouteMatchConfig> matches = route.Match.Count > 0 ? route.Match : [new RouteMatchConfig()];
            foreach (var match in matches)
            {
                var matcher = new RequestMatcher(match);
                entries.Add((matcher, RouteModel.From(route, config, matcher.Prefix)));
            }
        }
        // A stable sort: the file's order decides what precedence leaves open.
        return new RouteTable([.. entries.OrderBy(entry => entry.Match.Precedence)], RouteModel.From(new RouteConfig(), config, prefix: ""));
    }

    /// <summary>The route of a request: the first in order that matches. Allocates nothing.</summary>
    public RouteModel Match(MeshRequest request)
    {
        foreach (var (match, route) in _entries)
        {
            if (match.Matches(request)) return route;
        }
        return Rest;
    }
}
