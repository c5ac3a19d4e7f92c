namespace Mesh.Runtime.Routing;

/// <summary>One route, ready to use.</summary>
internal sealed class RouteModel
{
    /// <summary>Its name; empty for what no route of the user's matched.</summary>
    public string Name { get; init; } = "";

    /// <summary>The policy of its requests.</summary>
    public required RoutePolicy Policy { get; init; }
}
