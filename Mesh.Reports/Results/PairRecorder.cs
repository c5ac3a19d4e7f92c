namespace Mesh.Reports.Results;

/// <summary>Collects connections and breakers of one calling service towards one other.</summary>
internal sealed class PairRecorder(string from, string to)
{
    private readonly Dictionary<int, long> _openSince = [];
    private long _opens;
    private long _openTicks;

    public long Connections { get; set; }

    /// <summary>A breaker of <paramref name="proxy"/> changed; <paramref name="counted"/> in the measured time.</summary>
    public void Breaker(int proxy, bool opened, long at, long from, bool counted)
    {
        Close(proxy, at, from);
        if (!opened) return;
        if (counted) _opens++;
        _openSince[proxy] = at;
    }

    /// <summary>The totals when the measured time ended at <paramref name="end"/>, having begun at <paramref name="from"/>.</summary>
    public PairStats ToStats(long from, long end)
    {
        foreach (int proxy in _openSince.Keys.Order().ToList()) Close(proxy, end, from);
        return new PairStats(From, To, Connections, _opens, _openTicks / (double)TimeSpan.TicksPerSecond);
    }

    private string From { get; } = from;

    private string To { get; } = to;

    private void Close(int proxy, long at, long from)
    {
        if (!_openSince.Remove(proxy, out long since)) return;
        _openTicks += Math.Max(0, at - Math.Max(since, from));
    }
}
