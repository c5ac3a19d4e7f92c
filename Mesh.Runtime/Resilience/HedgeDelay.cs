using Mesh.Runtime.Model;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// How long one proxy waits for an attempt to one service before it hedges: a fixed time, or a percentile of the attempts seen lately.
/// Safe to call from several threads.
/// </summary>
internal sealed class HedgeDelay
{
    /// <summary>No hedge.</summary>
    public const long Never = long.MaxValue;

    /// <summary>The percentile is taken anew after so many attempts: it costs a scan of the histogram.</summary>
    private const int RefreshEvery = 32;

    private readonly Lock _lock = new();
    private readonly HedgeConfig _config;
    private readonly RecentLatencies? _latencies;
    private readonly long _fixed;
    private long _known = Never;
    private long _knownUntil;
    private int _untilRefresh;

    public HedgeDelay(HedgeConfig config)
    {
        _config = config;
        _fixed = config.Delay is { } given ? Math.Max(given.Ticks, config.MinDelay.Ticks) : Never;
        if (config.Percentile is not null) _latencies = new RecentLatencies(config.Window);
    }

    /// <summary>Ticks after which an attempt begun now is hedged; <see cref="Never"/> when it is not, as long as too few samples are there.</summary>
    public long DelayAt(long now)
    {
        if (_latencies is null) return _fixed;
        lock (_lock)
        {
            if (_untilRefresh > 0 && now < _knownUntil) return _known;
            _latencies.Advance(now);
            _untilRefresh = RefreshEvery;
            _knownUntil = now + _config.Window.Ticks / 10;
            _known = _latencies.Count < _config.MinSamples ? _fixed : Math.Max(_latencies.Quantile(_config.Percentile!.Value), _config.MinDelay.Ticks);
            return _known;
        }
    }

    /// <summary>
    /// A request's first attempt had its headers, or was given up because its hedge won: leaving those out would make the percentile shorter and shorter,
    /// and their time so far is beyond it in any case. Hedges and retries themselves do not count.
    /// </summary>
    /// <param name="durationTicks">Ticks from its start until then.</param>
    /// <param name="now">The time in ticks.</param>
    public void Observe(long durationTicks, long now)
    {
        if (_latencies is null) return;
        lock (_lock)
        {
            _latencies.Add(durationTicks, now);
            _untilRefresh--;
        }
    }
}
