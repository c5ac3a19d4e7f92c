using System.Collections.Concurrent;

namespace Mesh.Runtime.Telemetry;

/// <summary>Texts of the combinations of flags that occur, made once each.</summary>
internal static class FlagTexts
{
    private const int AtMost = 1024;
    private static readonly ConcurrentDictionary<ResponseFlags, string> Texts = new();

    public static string Of(ResponseFlags flags)
    {
        if (flags == ResponseFlags.None) return "-";
        if (Texts.TryGetValue(flags, out string? known)) return known;
        string text = flags.ToEnvoyText();
        if (Texts.Count < AtMost) Texts.TryAdd(flags, text);
        return text;
    }
}
