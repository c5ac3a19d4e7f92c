namespace Mesh.Runtime.Model;

/// <summary>Shares of the requests by version or subset. A request keeps its share for all its attempts, as in Envoy.</summary>
public sealed record SplitConfig
{
    /// <summary>
    /// Weights by version or subset, 0 or more, relative to their sum (Istio, Gateway API); 0 gets none, and at least one is above 0.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, double>> Weights { get; init; } = [];

    /// <summary>
    /// The header whose value decides instead of a draw, so that a session stays with its version; requests without it are drawn. <c>null</c> draws all.
    /// </summary>
    public string? StickyHeader { get; init; }
}
