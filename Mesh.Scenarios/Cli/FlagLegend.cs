using Mesh.Reports.Rendering;

namespace Mesh.Scenarios.Cli;

/// <summary>Response flags for people who do not know Envoy's by heart.</summary>
internal static class FlagLegend
{
    private const int Counted = 3;

    private static readonly OrderedDictionary<string, string> Meanings = new(StringComparer.Ordinal)
    {
        ["UO"] = "over a limit", ["UH"] = "no replica", ["UF"] = "no connection", ["UC"] = "connection ended early", ["URX"] = "retries used up", ["UT"] = "timed out",
        ["RL"] = "rate limited", ["NR"] = "no route", ["DC"] = "caller gave up", ["LR"] = "reset here", ["UR"] = "reset by the callee", ["CO"] = "circuit open",
    };

    /// <summary>The most frequent flags with their counts: <c>CO 12,000, UT 310</c>.</summary>
    public static string Counts(IReadOnlyList<KeyValuePair<string, long>> flags) =>
        string.Join(", ", flags.Take(Counted).Select(flag => $"{flag.Key} {Units.Count(flag.Value)}"));

    /// <summary>What the flags mean.</summary>
    public static string Of(IEnumerable<string> flags) =>
        string.Join(", ", flags.Distinct().Where(Meanings.ContainsKey).Select(flag => $"{flag} {Meanings[flag]}"));
}
