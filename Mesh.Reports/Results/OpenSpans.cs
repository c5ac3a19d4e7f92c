namespace Mesh.Reports.Results;

/// <summary>Counts how often something begins, and for how long it lasts, for several of its kind at once.</summary>
internal sealed class OpenSpans
{
    private readonly Dictionary<long, long> _since = [];
    private long _ticks;

    /// <summary>How often one began in the measured time.</summary>
    public long Count { get; private set; }

    /// <summary>The time that they lasted, summed, in seconds.</summary>
    public double Seconds => _ticks / (double)TimeSpan.TicksPerSecond;

    /// <summary>One begins.</summary>
    /// <param name="key">Which.</param>
    /// <param name="at">When, in ticks.</param>
    /// <param name="counted">Whether in the measured time.</param>
    public void Begin(long key, long at, bool counted)
    {
        if (counted) Count++;
        _since[key] = at;
    }

    /// <summary>One ends, if it had begun. Only the time after <paramref name="from"/> counts.</summary>
    /// <param name="key">Which.</param>
    /// <param name="at">When, in ticks.</param>
    /// <param name="from">When the measured time began.</param>
    /// <param name="lasted">How long it lasted, where that is known better than by the two times.</param>
    public void End(long key, long at, long from, long lasted = long.MaxValue)
    {
        if (!_since.Remove(key, out long since)) return;
        if (lasted < at - since) at = since + lasted;
        _ticks += Math.Max(0, at - Math.Max(since, from));
    }

    /// <summary>Ends them all.</summary>
    public void EndAll(long at, long from)
    {
        foreach (long key in _since.Keys.ToList()) End(key, at, from);
    }
}
