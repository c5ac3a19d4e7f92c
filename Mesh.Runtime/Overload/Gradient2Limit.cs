using Mesh.Runtime.Model;

namespace Mesh.Runtime.Overload;

/// <summary>
/// Netflix's <c>Gradient2Limit</c>: the limit follows the ratio of the latency's long average to its newest value, within 0.5 and 1, plus a few requests that may queue.
/// </summary>
internal sealed class Gradient2Limit : LatencyLimit
{
    private const int WarmUp = 10;   // answers whose plain mean the average begins with
    private readonly int _min;
    private readonly int _max;
    private readonly double _smoothing;
    private readonly double _tolerance;
    private readonly double _queue;
    private readonly double _weight;
    private double _limit;
    private double _average;
    private double _sum;
    private int _count;

    /// <summary>A limit at its initial value.</summary>
    public Gradient2Limit(AdaptiveConcurrencyConfig config)
    {
        _min = config.MinLimit ?? 20;
        _max = config.MaxLimit ?? 200;
        _limit = config.InitialLimit ?? 20;
        _smoothing = config.Smoothing ?? 0.2;
        _tolerance = config.Tolerance;
        _queue = config.QueueSize;
        _weight = 2.0 / (config.LongWindow + 1);
    }

    /// <inheritdoc/>
    public override int Limit => (int)_limit;

    /// <inheritdoc/>
    public override void Update(long rtt, int inFlight, bool dropped)
    {
        double average = Average(rtt);
        if (average / rtt > 2) _average *= 0.95;   // after a long overload the average would take too long to come down
        if (inFlight < _limit / 2) return;         // the load does not reach the limit, so says nothing about it
        double gradient = Math.Max(0.5, Math.Min(1, _tolerance * average / rtt));
        double target = _limit * gradient + _queue;
        _limit = Math.Max(_min, Math.Min(_max, _limit * (1 - _smoothing) + target * _smoothing));
    }

    private double Average(long rtt)
    {
        if (_count < WarmUp)
        {
            _count++;
            _sum += rtt;
            _average = _sum / _count;
        }
        else
        {
            _average = _average * (1 - _weight) + rtt * _weight;
        }
        return _average;
    }
}
