using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// B3 (openzipkin/b3-propagation): one header <c>b3: TRACE-SPAN-SAMPLED-PARENT</c>, or a header for each part.
/// Traces of 64 bits are read with zeros before them. A request may carry the decision alone.
/// </summary>
internal static class B3Headers
{
    public const string Single = "b3";
    private const string Trace = "x-b3-traceid";
    private const string Span = "x-b3-spanid";
    private const string Parent = "x-b3-parentspanid";
    private const string SampledName = "x-b3-sampled";
    private const string Flags = "x-b3-flags";

    public static readonly string[] Names = [Single, Trace, Span, Parent, SampledName, Flags];

    private const int ShortTrace = 16;

    public static TraceContext? Read(string? header)
    {
        if (header is null) return null;
        if (header is "0" or "1" or "d") return Decision(header);
        var text = header.AsSpan();
        int dash = text.IndexOf('-');
        if (dash < 0 || TraceId(text[..dash]) is not { } trace) return null;
        text = text[(dash + 1)..];
        if (text.Length < ShortTrace || TraceIds.Span(text[..ShortTrace]) is not { } span) return null;
        text = text[ShortTrace..];
        var ids = new TraceContext { TraceId = trace, SpanId = span };
        if (text.IsEmpty) return ids;
        if (text.Length < 2 || text[0] != '-' || (text.Length > 2 && text[2] != '-')) return null;
        if (text.Length > 2 && TraceIds.Span(text[3..]) is null) return null;
        return Decision(text[1..2]) is { } decision ? decision with { TraceId = trace, SpanId = span } : null;
    }

    public static TraceContext Read<TCarrier>(TCarrier carrier, Func<TCarrier, string, string?> get)
    {
        var decision = get(carrier, Flags) == "1" ? Decision("d") : Decision(get(carrier, SampledName));
        var ids = get(carrier, Trace) is { } trace && TraceId(trace) is { } traceId && get(carrier, Span) is { } span && TraceIds.Span(span) is { } spanId
            ? new TraceContext { TraceId = traceId, SpanId = spanId }
            : default;
        return ids with { Sampled = decision?.Sampled, Debug = decision?.Debug ?? false };
    }

    public static void WriteSingle<TCarrier>(in TraceContext context, TCarrier carrier, Action<TCarrier, string, string> set, ActivitySpanId parent)
    {
        string ids = $"{context.TraceId.ToHexString()}-{context.SpanId.ToHexString()}";
        string decided = context.Debug ? $"{ids}-d" : context.Sampled is { } sampled ? $"{ids}-{Digit(sampled)}" : ids;
        set(carrier, Single, parent == default || decided == ids ? decided : $"{decided}-{parent.ToHexString()}");
    }

    public static void WriteMulti<TCarrier>(in TraceContext context, TCarrier carrier, Action<TCarrier, string, string> set, ActivitySpanId parent)
    {
        set(carrier, Trace, context.TraceId.ToHexString());
        set(carrier, Span, context.SpanId.ToHexString());
        if (parent != default) set(carrier, Parent, parent.ToHexString());
        if (context.Debug) set(carrier, Flags, "1");
        else if (context.Sampled is { } sampled) set(carrier, SampledName, Digit(sampled));
    }

    private static string Digit(bool sampled) => sampled ? "1" : "0";

    private static ActivityTraceId? TraceId(ReadOnlySpan<char> text) =>
        text.Length == ShortTrace ? TraceIds.Trace($"0000000000000000{text}") : TraceIds.Trace(text);

    private static TraceContext? Decision(ReadOnlySpan<char> text) => text switch
    {
        "1" or "true" => new TraceContext { Sampled = true },
        "0" or "false" => new TraceContext { Sampled = false },
        "d" => new TraceContext { Sampled = true, Debug = true },
        _ => null,
    };
}
