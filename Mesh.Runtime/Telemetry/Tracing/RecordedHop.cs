using System.Diagnostics;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>A hop that spans are made of. Attempts of one request may run side by side (hedges), so it is locked; few requests are recorded.</summary>
internal sealed class RecordedHop(Activity span, ActivitySource source, ActivitySpanId parent, HopKey key)
{
    /// <summary>More attempts of one request than any policy allows get no spans.</summary>
    private const int MaxAttempts = 100;
    private readonly Lock _lock = new();
    private readonly List<Activity?> _attempts = [];
    private bool _over;

    public Activity Span { get; } = span;

    /// <summary>The span of whoever sent the request; the default value where the trace begins here.</summary>
    public ActivitySpanId Parent { get; } = parent;

    public HopKey Key { get; } = key;

    public ActivitySpanId? SpanOf(int attempt)
    {
        lock (_lock) return Find(attempt)?.SpanId;
    }

    public void BeginAttempt(int attempt, DateTimeOffset now, Action<Activity> describe)
    {
        lock (_lock)
        {
            if (_over || attempt is < 0 or > MaxAttempts || Find(attempt) is not null) return;
            var activity = Activities.Start(source, "attempt", ActivityKind.Client, Span.Context, now);
            if (activity is null) return;
            describe(activity);
            while (_attempts.Count <= attempt) _attempts.Add(null);
            _attempts[attempt] = activity;
        }
    }

    public void EndAttempt(int attempt, DateTimeOffset now, Action<Activity> describe)
    {
        lock (_lock)
        {
            if (Find(attempt) is not { } activity) return;
            describe(activity);
            Activities.Stop(activity, now);
        }
    }

    /// <summary>Adds what happened to the attempt's span, or to the hop's where there is none.</summary>
    public void AddEvent(int attempt, ActivityEvent what)
    {
        lock (_lock)
        {
            if (!_over) (Find(attempt) ?? Span).AddEvent(what);
        }
    }

    public void End(DateTimeOffset now, Action<Activity> describe)
    {
        lock (_lock)
        {
            if (_over) return;
            _over = true;
            foreach (var attempt in _attempts)
            {
                if (attempt is { IsStopped: false }) Activities.Stop(attempt, now);
            }
            describe(Span);
            Activities.Stop(Span, now);
        }
    }

    private Activity? Find(int attempt) => (uint)attempt < (uint)_attempts.Count ? _attempts[attempt] : null;
}

/// <summary>Which recorded hop an event belongs to.</summary>
/// <param name="Reporter">Which side of the hop.</param>
/// <param name="Proxy">The proxy, an index into the directory.</param>
/// <param name="Request">The request's key.</param>
internal readonly record struct HopKey(Reporter Reporter, int Proxy, ulong Request);
