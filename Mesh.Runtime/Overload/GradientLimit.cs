using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Overload;

/// <summary>
/// Envoy's gradient controller (<c>gradient_controller.cc</c>). At first, and once an interval, the limit is held at its minimum until enough answers have told
/// the least latency. In between each window moves the limit to <c>L*g + sqrt(L*g)</c>, where g is the least latency with its buffer over the window's.
/// </summary>
internal sealed class GradientLimit : ConcurrencyLimit
{
    /// <summary>Windows in a row at the minimum after which the least latency is measured at once: it may have been wrong.</summary>
    private const int WindowsAtMinimum = 5;

    private readonly AdaptiveConcurrencyConfig _config;
    private readonly KeyedRandom _random;
    private readonly ulong _key;
    private readonly int _min;
    private readonly int _max;
    private readonly LatencyHistogram _samples = new();
    private int _limit;
    private int _deferred;      // the limit to go back to; 0 when the least latency is not being measured
    private long _epoch;        // requests that began before it count no more
    private long _minRtt;       // microseconds
    private long _measureAt;
    private long _updateAt;
    private int _atMinimum;
    private int _draws;

    /// <summary>A controller that begins now.</summary>
    public GradientLimit(AdaptiveConcurrencyConfig config, KeyedRandom random, ulong key, long now)
    {
        (_config, _random, _key) = (config, random, key);
        _min = config.MinLimit ?? 3;
        _max = config.MaxLimit ?? 1000;
        _limit = _min;
        _updateAt = now + config.UpdateInterval.Ticks;
        _measureAt = long.MaxValue;
        if (config.MinRtt is { } known) _minRtt = known.Ticks / TimeSpan.TicksPerMicrosecond;
        else Measure(now);
    }

    /// <inheritdoc/>
    public override int Limit => _limit;

    /// <summary>The least latency as it was last measured, in microseconds.</summary>
    public long MinRtt => _minRtt;

    /// <summary>Whether the least latency is being measured.</summary>
    public bool Measuring => _deferred > 0;

    /// <inheritdoc/>
    public override void Advance(long now)
    {
        while (!Measuring)
        {
            if (_measureAt <= Math.Min(now, _updateAt)) Measure(_measureAt);
            else if (_updateAt <= now) Update(now);
            else return;
        }
    }

    /// <inheritdoc/>
    public override void Sample(in ConcurrencySlot slot, long now, ExitOutcome outcome)
    {
        if (outcome == ExitOutcome.Abandoned || slot.StartedAt < _epoch) return;
        _samples.Add((now - slot.StartedAt) / TimeSpan.TicksPerMicrosecond);
        if (Measuring && _samples.Count >= _config.MinRttRequests) Measured(now);
    }

    /// <summary>The next limit, within no bounds yet.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="minRtt">The least latency.</param>
    /// <param name="buffer">Share that may be added to it.</param>
    /// <param name="sampleRtt">The window's latency, in the same unit.</param>
    public static int Next(int limit, long minRtt, double buffer, long sampleRtt)
    {
        double gradient = sampleRtt <= 0 ? 2 : Math.Clamp((minRtt + minRtt * buffer) / sampleRtt, 0.5, 2);
        double target = limit * gradient;
        return (int)(target + Math.Sqrt(target));
    }

    /// <summary>The time to the next measurement: the interval and a part of the jitter, in whole milliseconds.</summary>
    public static long Jittered(long intervalMs, double jitter, ulong random)
    {
        ulong range = (ulong)Math.Ceiling(intervalMs * jitter);
        return range == 0 ? intervalMs : intervalMs + (long)(random % range);
    }

    private void Update(long now)
    {
        long at = _updateAt;
        long interval = _config.UpdateInterval.Ticks;
        _updateAt += interval;
        if (_samples.Count == 0)
        {
            // Empty windows change nothing: on to the one that now, or the next measurement, falls into.
            long until = Math.Min(now, _measureAt);
            if (until > _updateAt) _updateAt += (until - _updateAt) / interval * interval;
            return;
        }
        long sampleRtt = _samples.Quantile(_config.Percentile);
        _samples.Clear();
        Set(Math.Max(_min, Math.Min(_max, Next(_limit, _minRtt, _config.MinRttBuffer, sampleRtt))));
        if (_atMinimum >= WindowsAtMinimum && _config.MinRtt is null) Measure(at);
    }

    private void Measure(long at)
    {
        _deferred = _limit;
        Set(_min);
        _samples.Clear();
        _epoch = at;
    }

    private void Measured(long now)
    {
        _minRtt = _samples.Quantile(_config.Percentile);
        _samples.Clear();
        Set(_deferred);
        _deferred = 0;
        long wait = Jittered((long)_config.MinRttInterval.TotalMilliseconds, _config.MinRttJitter, _random.Bits(Concern.Concurrency, _key, 0, _draws++));
        _measureAt = now + wait * TimeSpan.TicksPerMillisecond;
        _updateAt = now + _config.UpdateInterval.Ticks;
    }

    private void Set(int limit)
    {
        _atMinimum = !Measuring && _limit == _min && limit == _min ? _atMinimum + 1 : 0;
        _limit = limit;
    }
}
