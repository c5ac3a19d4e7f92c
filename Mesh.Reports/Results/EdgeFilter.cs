namespace Mesh.Reports.Results;

/// <summary>
/// Which traffic is meant. Without <see cref="From"/> and <see cref="To"/>: what entered through the ingress.
/// With one of them: all edges that match, whoever is at the other end.
/// </summary>
public sealed record EdgeFilter
{
    /// <summary>All that entered through the ingress.</summary>
    public static EdgeFilter Entering { get; } = new();

    /// <summary>The calling service.</summary>
    public string? From { get; init; }

    /// <summary>The called service.</summary>
    public string? To { get; init; }

    /// <summary>The called path.</summary>
    public string? Path { get; init; }

    /// <summary>Only requests whose intended start lies in this phase.</summary>
    public string? Phase { get; init; }

    internal bool Matches(EdgeStats edge, string ingress) => (Path is null || edge.Path == Path) && MatchesEnds(edge.From, edge.To, ingress);

    internal bool Matches(PairStats pair, string ingress) => MatchesEnds(pair.From, pair.To, ingress);

    private bool MatchesEnds(string from, string to, string ingress) =>
        From is null && To is null ? from == ingress : (From is null || from == From) && (To is null || to == To);
}
