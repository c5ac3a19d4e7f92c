using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Overload;

/// <summary>
/// Netflix's <c>VegasLimit</c>: the queue is estimated as <c>limit * (1 - least latency / latency)</c>; a short one raises the limit, a long one lowers it.
/// The steps grow with the logarithm of the limit.
/// </summary>
internal sealed class VegasLimit : LatencyLimit
{
    private readonly int _min;
    private readonly int _max;
    private readonly double _smoothing;
    private readonly int _probeMultiplier;
    private readonly KeyedRandom _random;
    private readonly ulong _key;
    private double _limit;
    private long _least;       // ticks; 0 before the first answer
    private int _sinceProbe;
    private double _probeJitter;
    private int _draws;

    /// <summary>A limit at its initial value.</summary>
    public VegasLimit(AdaptiveConcurrencyConfig config, KeyedRandom random, ulong key)
    {
        (_random, _key) = (random, key);
        _min = config.MinLimit ?? 1;
        _max = config.MaxLimit ?? 1000;
        _limit = config.InitialLimit ?? 20;
        _smoothing = config.Smoothing ?? 1;
        _probeMultiplier = config.ProbeMultiplier;
        DrawProbe();
    }

    /// <inheritdoc/>
    public override int Limit => (int)_limit;

    /// <inheritdoc/>
    public override void Update(long rtt, int inFlight, bool dropped)
    {
        _sinceProbe++;
        if (_probeJitter * _probeMultiplier * _limit <= _sinceProbe)
        {
            DrawProbe();
            _sinceProbe = 0;
            _least = rtt;
        }
        else if (_least == 0 || rtt < _least)
        {
            _least = rtt;
        }
        else if (Target(rtt, inFlight, dropped) is { } target)
        {
            _limit = (1 - _smoothing) * _limit + _smoothing * Math.Max(_min, Math.Min(_max, target));
        }
    }

    /// <summary>Where the limit should go; <c>null</c> is nowhere.</summary>
    private double? Target(long rtt, int inFlight, bool dropped)
    {
        int step = Log10((int)_limit);
        if (dropped) return _limit - step;
        if (inFlight * 2 < _limit) return null;   // the load does not reach the limit, so says nothing about it
        int queue = (int)Math.Ceiling(_limit * (1 - (double)_least / rtt));
        if (queue <= step) return _limit + 6 * step;
        if (queue < 3 * step) return _limit + step;
        return queue > 6 * step ? _limit - step : null;
    }

    private static int Log10(int limit) => Math.Max(1, (int)Math.Log10(limit));

    private void DrawProbe() => _probeJitter = 0.5 + 0.5 * _random.Unit(Concern.Concurrency, _key, 0, _draws++);
}
