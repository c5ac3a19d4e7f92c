namespace Mesh.Runtime.Health;

/// <summary>What outlier detection knows about one endpoint: Envoy's <c>DetectorHostMonitorImpl</c>.</summary>
internal sealed class OutlierHost(int endpoint)
{
    /// <summary>The endpoint's id.</summary>
    public int Endpoint => endpoint;

    /// <summary>5xx answers in a row.</summary>
    public int Consecutive5xx { get; set; }

    /// <summary>502, 503 and 504 answers in a row.</summary>
    public int ConsecutiveGatewayFailure { get; set; }

    /// <summary>Failures of this side in a row.</summary>
    public int ConsecutiveLocalOriginFailure { get; set; }

    /// <summary>The endpoint's answers, by interval.</summary>
    public OutlierCounts External;

    /// <summary>This side's successes and failures, by interval.</summary>
    public OutlierCounts LocalOrigin;

    /// <summary>Whether it is ejected.</summary>
    public bool Ejected { get; set; }

    /// <summary>When it was ejected last, in ticks.</summary>
    public long EjectedAt { get; set; }

    /// <summary>What was drawn to add to its last ejection, in ticks.</summary>
    public long Jitter { get; set; }

    /// <summary>How many base times its last ejection lasts; falls by one with each tick that finds it well.</summary>
    public int Multiplier { get; set; }

    /// <summary>When it returned last, in ticks; <c>null</c> when it never was away.</summary>
    public long? ReturnedAt { get; set; }

    /// <summary>How many ejections of it were decided, for their draws.</summary>
    public int Decisions { get; set; }

    /// <summary>Whether it has left the service.</summary>
    public bool Left { get; set; }
}

/// <summary>Successes of the current interval and of the one before it.</summary>
internal struct OutlierCounts
{
    private int _total;
    private int _successes;
    private int _lastSuccesses;

    /// <summary>Requests in the last whole interval.</summary>
    public int LastTotal { get; private set; }

    /// <summary>Share of successes in the last whole interval, in percent; not a number when it had no request.</summary>
    public readonly double LastRate => _lastSuccesses * 100.0 / LastTotal;

    /// <summary>Counts one in the current interval.</summary>
    public void Add(bool success)
    {
        _total++;
        if (success) _successes++;
    }

    /// <summary>The interval is over.</summary>
    public void Roll()
    {
        (LastTotal, _lastSuccesses) = (_total, _successes);
        _total = _successes = 0;
    }
}
