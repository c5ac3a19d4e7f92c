namespace Mesh.Runtime.Overload;

/// <summary>One of Netflix's algorithms: a limit that moves with each latency it is told, of one answer or of a window of them.</summary>
internal abstract class LatencyLimit
{
    /// <summary>Requests that may be in progress.</summary>
    public abstract int Limit { get; }

    /// <summary>Moves the limit.</summary>
    /// <param name="rtt">The latency in ticks, 1 or more.</param>
    /// <param name="inFlight">Requests in progress when the request began, itself included.</param>
    /// <param name="dropped">Whether the request, or one of the window, was dropped.</param>
    public abstract void Update(long rtt, int inFlight, bool dropped);
}

/// <summary>Each answer moves the limit.</summary>
internal sealed class SampledLimit(LatencyLimit limit) : ConcurrencyLimit
{
    /// <inheritdoc/>
    public override int Limit => limit.Limit;

    /// <inheritdoc/>
    public override void Sample(in ConcurrencySlot slot, long now, ExitOutcome outcome) =>
        limit.Update(Math.Max(1, now - slot.StartedAt), slot.InFlight, outcome != ExitOutcome.Answered);
}

/// <summary>The average of a window's answers moves the limit (Netflix's <c>WindowedLimit</c>).</summary>
internal sealed class WindowedLimit(LatencyLimit limit, long window) : ConcurrencyLimit
{
    private const int LeastSamples = 10;
    private const long LeastRtt = 100 * TimeSpan.TicksPerMicrosecond;   // shorter answers say nothing
    private long _next;
    private long _sum;
    private int _count;
    private int _maxInFlight;
    private bool _dropped;

    /// <inheritdoc/>
    public override int Limit => limit.Limit;

    /// <inheritdoc/>
    public override void Sample(in ConcurrencySlot slot, long now, ExitOutcome outcome)
    {
        long rtt = now - slot.StartedAt;
        if (rtt < LeastRtt) return;
        _sum += rtt;
        _count++;
        _maxInFlight = Math.Max(_maxInFlight, slot.InFlight);
        _dropped |= outcome != ExitOutcome.Answered;
        if (now <= _next) return;

        _next = now + window;
        if (_count >= LeastSamples) limit.Update(_sum / _count, _maxInFlight, _dropped);
        (_sum, _count, _maxInFlight, _dropped) = (0, 0, 0, false);
    }
}
