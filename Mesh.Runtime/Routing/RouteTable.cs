using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Routing;

/// <summary>A service's routes in order of precedence.</summary>
internal sealed class RouteTable
{
    private RouteTable(RouteModel rest) => Rest = rest;

    /// <summary>What no route of the user's matches.</summary>
    public RouteModel Rest { get; }

    /// <summary>The routes of a service's policy.</summary>
    public static RouteTable From(PolicyConfig config) => new(new RouteModel { Policy = RoutePolicy.From(config) });

    /// <summary>The route of a request: the best that matches.</summary>
    public RouteModel Match(MeshRequest request) => Rest;
}
