namespace Mesh.Reports.Exemplars;

/// <summary>
/// Where a request's time went, along its critical path: walked backwards from its end, each stretch belongs to the deepest thing that the answer
/// was then waiting for. Of calls made side by side only the one that ended last counts. The parts add up to the request's duration.
/// </summary>
public sealed class TimeBreakdown
{
    private readonly Exemplar _request;
    private readonly ILookup<(int Parent, int Attempt), int> _children;
    private readonly Dictionary<string, long> _parts = new(StringComparer.Ordinal);

    private TimeBreakdown(Exemplar request)
    {
        _request = request;
        _children = Enumerable.Range(1, Math.Max(0, request.Calls.Count - 1)).ToLookup(i => (request.Calls[i].Parent, request.Calls[i].ParentAttempt));
        if (request.Calls.Count == 0) return;
        Walk(0, request.Duration);
        Add("the client, before it sent", request.Calls[0].Start);
    }

    /// <summary>The parts in ticks, the greatest first.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> Of(Exemplar request) =>
        [.. new TimeBreakdown(request)._parts.OrderByDescending(part => part.Value).ThenBy(part => part.Key, StringComparer.Ordinal)];

    private void Walk(int index, long until)
    {
        var call = _request.Calls[index];
        long at = Math.Min(call.End ?? until, until);
        bool answered = false;
        foreach (var attempt in ExemplarAttempt.Of(call, _request.Duration).OrderByDescending(one => one.End))
        {
            if (attempt.Start >= at) continue;
            Add(answered ? $"back-off before {call.To} was tried again" : $"the sidecar that called {call.To}", at - Math.Min(attempt.End, at));
            answered = true;
            WalkAttempt(index, attempt, Math.Min(attempt.End, at));
            at = attempt.Start;
        }
        Add($"the sidecar that called {call.To}", at - call.Start);
    }

    private void WalkAttempt(int index, ExemplarAttempt attempt, long until)
    {
        string to = _request.Calls[index].To;
        if (attempt.Arrived is not { } arrived || arrived >= until)
        {
            Add($"connection and network to {to}", until - attempt.Start);
            return;
        }
        long at = Math.Min(attempt.WorkedUntil, until);
        Add($"network from {to}", until - at);
        foreach (int child in _children[(index, attempt.Number)].OrderByDescending(i => _request.Calls[i].End ?? until))
        {
            var call = _request.Calls[child];
            if (call.Start >= at) continue;
            long end = Math.Min(call.End ?? at, at);
            Add($"queue and work in {to}", at - end);
            Walk(child, end);
            at = call.Start;
        }
        Add($"queue and work in {to}", at - arrived);
        Add($"connection and network to {to}", arrived - attempt.Start);
    }

    private void Add(string what, long ticks)
    {
        if (ticks > 0) _parts[what] = _parts.GetValueOrDefault(what) + ticks;
    }
}
