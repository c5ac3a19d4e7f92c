using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// Where a request stands in its trace, as headers carry it. Pure: it reads and writes headers through functions that it is given.
/// What does not follow the format is ignored as a whole, as the formats' specifications ask.
/// </summary>
public readonly record struct TraceContext
{
    /// <summary>Every header of every format. Who forwards a request removes them before <see cref="Inject"/>, so that nothing stale stays beside what is written.</summary>
    public static IReadOnlyList<string> HeaderNames { get; } = [W3CHeaders.Parent, W3CHeaders.StateName, .. B3Headers.Names];

    /// <summary>The trace; the default value where there is none.</summary>
    public ActivityTraceId TraceId { get; init; }

    /// <summary>The span that sent the request.</summary>
    public ActivitySpanId SpanId { get; init; }

    /// <summary>Whether the trace is recorded; <c>null</c> where the sender left it open.</summary>
    public bool? Sampled { get; init; }

    /// <summary>B3's debug flag: recorded, whatever the sampling says.</summary>
    public bool Debug { get; init; }

    /// <summary>Other vendors' parts (<c>tracestate</c>); <c>null</c> for none.</summary>
    public string? State { get; init; }

    /// <summary>Whether it names a trace and a span. A decision about sampling may stand without them (<c>b3: 0</c>).</summary>
    public bool IsValid => TraceId != default && SpanId != default;

    /// <summary>Reads the context that a request came with: from <c>traceparent</c>, else from <c>b3</c>, else from the <c>x-b3-*</c> headers.</summary>
    /// <param name="carrier">What has the headers.</param>
    /// <param name="get">A header's value, or <c>null</c>; where a header comes several times, its values joined by commas.</param>
    /// <param name="formats">The formats to look for.</param>
    public static TraceContext Extract<TCarrier>(TCarrier carrier, Func<TCarrier, string, string?> get, TracePropagation formats)
    {
        if ((formats & TracePropagation.W3C) != 0 && W3CHeaders.Read(get(carrier, W3CHeaders.Parent)) is { } w3c)
            return w3c with { State = W3CHeaders.State(get(carrier, W3CHeaders.StateName)) };
        if ((formats & TracePropagation.B3Single) != 0 && B3Headers.Read(get(carrier, B3Headers.Single)) is { } single)
            return single;
        return (formats & TracePropagation.B3Multi) != 0 ? B3Headers.Read(carrier, get) : default;
    }

    /// <summary>The same trace, seen from one of its spans.</summary>
    public TraceContext From(ActivitySpanId span) => this with { SpanId = span };

    /// <summary>Writes the context into a request's headers, in every format given. Nothing is written where it is not valid.</summary>
    /// <param name="carrier">What takes the headers.</param>
    /// <param name="set">Sets a header, in the place of one of that name.</param>
    /// <param name="formats">The formats to write.</param>
    /// <param name="parent">The span that caused <see cref="SpanId"/>, which B3 tells too; the default value for none.</param>
    public void Inject<TCarrier>(TCarrier carrier, Action<TCarrier, string, string> set, TracePropagation formats, ActivitySpanId parent = default)
    {
        if (!IsValid) return;
        if ((formats & TracePropagation.W3C) != 0) W3CHeaders.Write(this, carrier, set);
        if ((formats & TracePropagation.B3Single) != 0) B3Headers.WriteSingle(this, carrier, set, parent);
        if ((formats & TracePropagation.B3Multi) != 0) B3Headers.WriteMulti(this, carrier, set, parent);
    }
}
