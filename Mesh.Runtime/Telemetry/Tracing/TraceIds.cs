using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>Identifiers of traces and spans from lower-case hex; <c>null</c> for anything else, and for all zeros.</summary>
internal static class TraceIds
{
    private const string NoTrace = "00000000000000000000000000000000";
    private const string NoSpan = "0000000000000000";

    public static ActivityTraceId? Trace(ReadOnlySpan<char> text) =>
        text.Length == NoTrace.Length && IsHex(text) && !text.SequenceEqual(NoTrace) ? ActivityTraceId.CreateFromString(text) : null;

    public static ActivitySpanId? Span(ReadOnlySpan<char> text) =>
        text.Length == NoSpan.Length && IsHex(text) && !text.SequenceEqual(NoSpan) ? ActivitySpanId.CreateFromString(text) : null;

    /// <summary>Whether it is all lower-case hex digits.</summary>
    public static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c)) return false;
        }
        return true;
    }
}
