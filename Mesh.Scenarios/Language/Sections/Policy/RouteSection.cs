using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Requests treated in their own way.</summary>
internal static class RouteSection
{
    /// <summary>Requests treated in their own way.</summary>
    public static readonly Section<RouteConfig> Route = new("route", "a route such as {match: {path: /cart}, timeout: 300ms}", () => new RouteConfig())
    {
    };
}
