using Mesh.Reports.Rendering;

namespace Mesh.Scenarios.Cli;

/// <summary>Response flags for people who do not know Envoy's by heart.</summary>
internal static class FlagLegend
{
    private const int Counted = 3;

    /// <summary>The most frequent flags with their counts: <c>CO 12,000, UT 310</c>.</summary>
    public static string Counts(IReadOnlyList<KeyValuePair<string, long>> flags) =>
        string.Join(", ", flags.Take(Counted).Select(flag => $"{flag.Key} {Units.Count(flag.Value)}"));

    /// <summary>What the flags mean.</summary>
    public static string Of(IEnumerable<string> flags) =>
        string.Join(", ", flags.Distinct().Where(FlagWords.Meanings.ContainsKey).Select(flag => $"{flag} {FlagWords.Meanings[flag]}"));
}
