using F23.StringSimilarity;

namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Suggest
{
    private const int Listed = 16;
    private static readonly Damerau Distance = new();

    /// <summary>The allowed name nearest to <paramref name="given"/>, or <c>null</c> when none is near.</summary>
    public static string? Nearest(string given, IEnumerable<string> allowed)
    {
        string? best = null;
        double bestDistance = Math.Max(1, given.Length / 3) + 0.5;
        foreach (string name in allowed)
        {
            double distance = Distance.Distance(given.ToLowerInvariant(), name.ToLowerInvariant());
            // A name of which every letter differs is no near one.
            if (distance >= bestDistance || distance >= given.Length) continue;
            best = name;
            bestDistance = distance;
        }
        return best;
    }

    /// <summary>The end of a message: the nearest name if there is one, and what is allowed.</summary>
    public static string From(string given, IReadOnlyCollection<string> allowed, string heading = "Allowed")
    {
        string near = Nearest(given, allowed) is { } name ? $" Did you mean '{name}'?" : "";
        if (allowed.Count == 0) return near;
        string more = allowed.Count > Listed ? $" and {allowed.Count - Listed} more" : "";
        return $"{near} {heading}: {string.Join(", ", allowed.Take(Listed))}{more}.";
    }
}
