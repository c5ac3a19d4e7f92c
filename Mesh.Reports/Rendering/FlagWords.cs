using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Rendering;

/// <summary>Response flags for people who do not know Envoy's by heart.</summary>
public static class FlagWords
{
    private static readonly OrderedDictionary<string, string> All = new(StringComparer.Ordinal)
    {
        ["UO"] = "over a limit", ["UH"] = "no replica", ["UF"] = "no connection", ["UC"] = "connection ended early", ["URX"] = "retries used up", ["UT"] = "timed out",
        ["RL"] = "rate limited", ["DI"] = "delay injected", ["FI"] = "abort injected", ["NR"] = "no route", ["UAEX"] = "not authorized", ["DC"] = "caller gave up", ["LR"] = "reset here",
        ["UR"] = "reset by the callee", ["CO"] = "circuit open", ["DO"] = "refused by the caller's sidecar: overload", ["OM"] = "refused by the callee's sidecar: overload", ["SI"] = "stood still too long",
    };

    /// <summary>What each flag means, by its name.</summary>
    public static IReadOnlyDictionary<string, string> Meanings => All;

    /// <summary>A status and its flags in words: <c>504 timed out (UT)</c>; status 0 is a caller that gave up.</summary>
    public static string Answer(int status, ResponseFlags flags)
    {
        string code = status == 0 ? "no answer" : status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (flags == ResponseFlags.None) return code;
        string names = flags.ToEnvoyText();
        return $"{code} {string.Join(", ", names.Split(',').Select(name => All.GetValueOrDefault(name, name)))} ({names})";
    }
}
