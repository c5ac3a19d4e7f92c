using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>The trace of one request at one sidecar. The default value is a request without a trace: everything about it does nothing.</summary>
public readonly struct HopTrace
{
    private readonly RecordedHop? _recorded;
    private readonly TracePropagation _formats;

    internal HopTrace(in TraceContext context, TracePropagation formats, RecordedHop? recorded)
    {
        Context = context;
        _formats = formats;
        _recorded = recorded;
    }

    /// <summary>Where the request stands in its trace: at this hop's span where it is recorded, else where the caller put it.</summary>
    public TraceContext Context { get; }

    /// <summary>Whether spans of it are made.</summary>
    public bool IsRecorded => _recorded is not null;

    /// <summary>The trace, for logs: 32 hex digits; <c>null</c> where there is none.</summary>
    public string? TraceId => Context.IsValid ? Context.TraceId.ToHexString() : null;

    /// <summary>The span, for logs: 16 hex digits; <c>null</c> where there is none.</summary>
    public string? SpanId => Context.IsValid ? Context.SpanId.ToHexString() : null;

    internal RecordedHop? Recorded => _recorded;

    /// <summary>Writes what the application behind this sidecar is told, in the place of what the request came with.</summary>
    /// <param name="carrier">What has the headers.</param>
    /// <param name="set">Sets a header.</param>
    /// <param name="remove">Removes one, where it is there.</param>
    public void Inject<TCarrier>(TCarrier carrier, Action<TCarrier, string, string> set, Action<TCarrier, string> remove) =>
        Write(Context, carrier, set, remove, _recorded?.Parent ?? default);

    /// <summary>Writes what the endpoint of attempt <paramref name="attempt"/> is told: the attempt's own span, where the trace is recorded.</summary>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="carrier">What has the headers.</param>
    /// <param name="set">Sets a header.</param>
    /// <param name="remove">Removes one, where it is there.</param>
    public void InjectAttempt<TCarrier>(int attempt, TCarrier carrier, Action<TCarrier, string, string> set, Action<TCarrier, string> remove)
    {
        if (_recorded?.SpanOf(attempt) is { } span) Write(Context.From(span), carrier, set, remove, Context.SpanId);
        else Inject(carrier, set, remove);
    }

    private void Write<TCarrier>(in TraceContext context, TCarrier carrier, Action<TCarrier, string, string> set, Action<TCarrier, string> remove, ActivitySpanId parent)
    {
        if (!context.IsValid) return;
        foreach (string stale in TraceContext.HeaderNames) remove(carrier, stale);
        context.Inject(carrier, set, _formats, parent);
    }
}
