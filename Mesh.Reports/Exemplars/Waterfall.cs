using Mesh.Reports.Rendering;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>What a stretch of a waterfall's bar shows.</summary>
public enum StretchKind
{
    /// <summary>The call as a whole, where its attempts have rows of their own.</summary>
    Call,

    /// <summary>Waiting for a connection.</summary>
    Wait,

    /// <summary>On the way there or back: set-up of a connection, and the network.</summary>
    Way,

    /// <summary>In the callee: its queue, its work and the calls that it makes.</summary>
    Callee,

    /// <summary>The callee works on for a caller that has given up.</summary>
    Wasted,

    /// <summary>The back-off before a retry.</summary>
    Backoff,
}

/// <summary>A stretch of a bar.</summary>
/// <param name="Kind">What it shows.</param>
/// <param name="From">Its beginning, in ticks from the request's start.</param>
/// <param name="To">Its end.</param>
public readonly record struct Stretch(StretchKind Kind, long From, long To);

/// <summary>A row: a call, or one of its attempts.</summary>
/// <param name="Depth">How deep in the tree, from 0.</param>
/// <param name="Label">What it is.</param>
/// <param name="Stretches">Its bar.</param>
/// <param name="Words">How it ended, and what happened meanwhile.</param>
/// <param name="Failed">Whether it failed.</param>
public sealed record WaterfallRow(int Depth, string Label, IReadOnlyList<Stretch> Stretches, string Words, bool Failed)
{
    /// <summary>When it began.</summary>
    public long From => Stretches.Min(stretch => stretch.From);

    /// <summary>When it ended for the caller.</summary>
    public long To => Stretches.Where(stretch => stretch.Kind != StretchKind.Wasted).Select(stretch => stretch.To).DefaultIfEmpty(From).Max();
}

/// <summary>One request as rows of bars on a common time line: every call and attempt with its waits, back-offs and flags.</summary>
public sealed class Waterfall
{
    private readonly Exemplar _request;
    private readonly ILookup<(int Parent, int Attempt), int> _children;
    private readonly List<WaterfallRow> _rows = [];

    private Waterfall(Exemplar request)
    {
        _request = request;
        _children = Enumerable.Range(1, Math.Max(0, request.Calls.Count - 1)).ToLookup(i => (request.Calls[i].Parent, request.Calls[i].ParentAttempt));
        if (request.Calls.Count > 0) AddCall(0, 0);
        Length = Math.Max(1, Math.Max(request.Duration, _rows.SelectMany(row => row.Stretches).Select(stretch => stretch.To).DefaultIfEmpty(0).Max()));
    }

    /// <summary>The rows, from the request downwards.</summary>
    public IReadOnlyList<WaterfallRow> Rows => _rows;

    /// <summary>The length of the time line, in ticks.</summary>
    public long Length { get; }

    /// <summary>The waterfall of a request.</summary>
    public static Waterfall Of(Exemplar request) => new(request);

    private void AddCall(int index, int depth)
    {
        var call = _request.Calls[index];
        var attempts = ExemplarAttempt.Of(call, _request.Duration);
        long end = call.End ?? _request.Duration;
        // Time from the intended start to the real one is the client's own queue.
        long start = index == 0 ? Math.Min(0, call.Start) : call.Start;
        string answer = call.End is null ? "was given up" : FlagWords.Answer(call.Status, call.Flags);
        bool failed = !Results.Success.Is(call.Status);
        string name = $"{call.To} {call.Path}";
        if (attempts.Count == 1)
        {
            _rows.Add(new WaterfallRow(depth, $"{name} → {attempts[0].Endpoint}", [new Stretch(StretchKind.Call, start, end), .. Bar(attempts[0])], Words(answer, Notes(call, 0)), failed));
            AddChildren(index, attempts[0].Number, depth + 1);
            return;
        }
        string tries = attempts.Count == 0 ? "no attempt" : $"{attempts.Count} attempts";
        var waits = call.Events.Where(e => e.Kind == MeshEventKind.RetryScheduled && e.Duration > 0).Select(e => new Stretch(StretchKind.Backoff, e.At, e.At + e.Duration));
        _rows.Add(new WaterfallRow(depth, name, [new Stretch(StretchKind.Call, start, end), .. waits], Words(answer, tries, Notes(call, -1)), failed));
        foreach (var attempt in attempts)
        {
            string wait = call.Events.FirstOrDefault(e => e.Kind == MeshEventKind.RetryScheduled && e.Attempt == attempt.Number) is { } retry
                ? $"then {Time(retry.Duration)} of back-off" : "";
            _rows.Add(new WaterfallRow(depth + 1, $"{(attempt.IsHedge ? "hedge" : "attempt")} {attempt.Number + 1} → {attempt.Endpoint}", [.. Bar(attempt)],
                Words(FlagWords.Answer(attempt.Status, attempt.Flags), Notes(call, attempt.Number), wait), !Results.Success.Is(attempt.Status)));
            AddChildren(index, attempt.Number, depth + 2);
        }
    }

    private void AddChildren(int index, int attempt, int depth)
    {
        foreach (int child in _children[(index, attempt)]) AddCall(child, depth);
    }

    private IEnumerable<Stretch> Bar(ExemplarAttempt attempt)
    {
        long way = attempt.Start;
        if (attempt.Opened is { } opened && opened > way)
        {
            yield return new Stretch(StretchKind.Wait, way, opened);
            way = opened;
        }
        long arrived = Math.Min(attempt.Arrived ?? attempt.End, attempt.End);
        yield return new Stretch(StretchKind.Way, way, arrived);
        if (attempt.Arrived is null) yield break;
        if (attempt.WorkedUntil > arrived) yield return new Stretch(StretchKind.Callee, arrived, attempt.WorkedUntil);
        if (attempt.Answered is { } answered && answered <= attempt.End) yield return new Stretch(StretchKind.Way, answered, attempt.End);
        else if ((attempt.Answered ?? _request.Duration) > attempt.End) yield return new Stretch(StretchKind.Wasted, attempt.End, attempt.Answered ?? _request.Duration);
    }

    /// <summary>What else was decided about an attempt, or, with -1, about the call before it had one.</summary>
    private static string Notes(ExemplarCall call, int attempt)
    {
        var notes = new List<string>();
        foreach (var e in call.Events.Where(e => e.Attempt == attempt || (attempt >= 0 && e.Kind == MeshEventKind.InboundEnded && e.Attempt == attempt)))
        {
            switch (e.Kind)
            {
                case MeshEventKind.ConnectionOpened: notes.Add("new connection"); break;
                case MeshEventKind.RetryRefused: notes.Add("retry refused by its budget"); break;
                case MeshEventKind.FaultInjected: notes.Add($"injected: {(FaultKind)e.Outcome}{(e.Duration > 0 ? $" of {Time(e.Duration)}" : "")}".ToLowerInvariant()); break;
                case MeshEventKind.BreakerChanged: notes.Add($"circuit now {(e.Outcome switch { 0 => "closed", 1 => "open", _ => "half open" })}"); break;
                case MeshEventKind.Mirrored: notes.Add("mirrored"); break;
                case MeshEventKind.RequestAudited: notes.Add("audited"); break;
                case MeshEventKind.InboundEnded when e.Flags != ResponseFlags.None: notes.Add(FlagWords.Answer(e.Outcome, e.Flags)); break;
                default: break;
            }
        }
        return string.Join(", ", notes);
    }

    private static string Words(params string[] parts) => string.Join("; ", parts.Where(part => part.Length > 0));

    private static string Time(long ticks) => Units.Duration(ticks / (double)TimeSpan.TicksPerSecond);
}
