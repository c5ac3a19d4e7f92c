namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>W3C Trace Context (level 1, with what it says of later versions): <c>00-TRACE-SPAN-FLAGS</c>, and the list of other vendors' entries.</summary>
internal static class W3CHeaders
{
    public const string Parent = "traceparent";
    public const string StateName = "tracestate";

    /// <summary>2 + 1 + 32 + 1 + 16 + 1 + 2.</summary>
    private const int Length = 55;

    /// <summary>At least so much has to travel on; longer lists lose entries from their end.</summary>
    private const int MaxStateLength = 512;
    private const int MaxStateEntries = 32;

    public static TraceContext? Read(string? header)
    {
        if (header is null || header.Length < Length) return null;
        var text = header.AsSpan();
        if (text[2] != '-' || text[35] != '-' || text[52] != '-') return null;
        var version = text[..2];
        var flags = text[53..55];
        if (!TraceIds.IsHex(version) || version is "ff" || !TraceIds.IsHex(flags)) return null;
        if (version is "00" ? text.Length != Length : text.Length > Length && text[Length] != '-') return null;
        if (TraceIds.Trace(text[3..35]) is not { } traceId || TraceIds.Span(text[36..52]) is not { } spanId) return null;
        return new TraceContext { TraceId = traceId, SpanId = spanId, Sampled = (HexDigit(flags[1]) & 1) != 0 };
    }

    /// <summary>The list as it travels on, or <c>null</c> where it is malformed.</summary>
    public static string? State(string? header)
    {
        if (string.IsNullOrWhiteSpace(header)) return null;
        int entries = 0, kept = 0;
        foreach (var range in header.AsSpan().Split(','))
        {
            var entry = header.AsSpan(range).Trim();
            if (entry.Length == 0) continue;
            if (++entries > MaxStateEntries || !IsEntry(entry)) return null;
            if (range.End.GetOffset(header.Length) <= MaxStateLength) kept = range.End.GetOffset(header.Length);
        }
        return entries == 0 || kept == 0 ? null : header[..kept];
    }

    public static void Write<TCarrier>(in TraceContext context, TCarrier carrier, Action<TCarrier, string, string> set)
    {
        string flags = context.Sampled == true || context.Debug ? "01" : "00";
        set(carrier, Parent, $"00-{context.TraceId.ToHexString()}-{context.SpanId.ToHexString()}-{flags}");
        if (context.State is { } state) set(carrier, StateName, state);
    }

    /// <summary><c>key=value</c>: a key of lower-case letters, digits and <c>_-*/@</c>, up to 256; a printable value without comma and equals sign, up to 256.</summary>
    private static bool IsEntry(ReadOnlySpan<char> entry)
    {
        int equals = entry.IndexOf('=');
        if (equals is < 1 or > 256 || entry.Length - equals - 1 is < 1 or > 256) return false;
        foreach (char c in entry[..equals])
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '-' or '*' or '/' or '@')) return false;
        }
        foreach (char c in entry[(equals + 1)..])
        {
            if (c is < ' ' or > '~' or '=') return false;
        }
        return true;
    }

    private static int HexDigit(char c) => char.IsAsciiDigit(c) ? c - '0' : c - 'a' + 10;
}
