using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>
/// Envoy's outlier detection of one proxy for one service, after its <c>outlier_detection_impl.cc</c>. It has no timer: the ticks of its interval
/// are made up for when it is next asked. At one instant the tick comes before everything else.
/// </summary>
internal sealed class OutlierDetector
{
    private readonly OutlierDetectionConfig _config;
    private readonly EndpointStates _states;
    private readonly IHealthListener _listener;
    private readonly KeyedRandom _random;
    private readonly int _proxy;
    private readonly long _interval;
    private readonly List<OutlierHost> _hosts = [];   // in order of their ids; only those that an attempt has ended at
    private readonly OutlierRates _rates;
    private Endpoint[] _members = [];
    private long _nextTick;
    private int _ejected;

    /// <summary>A detector whose first tick is one interval from now.</summary>
    /// <param name="config">The policy.</param>
    /// <param name="states">Where the endpoints' health is kept.</param>
    /// <param name="listener">Told of ejections and returns.</param>
    /// <param name="random">The world's draws.</param>
    /// <param name="proxy">The proxy's id, for the draws.</param>
    /// <param name="now">The time in ticks.</param>
    public OutlierDetector(OutlierDetectionConfig config, EndpointStates states, IHealthListener listener, KeyedRandom random, int proxy, long now)
    {
        _config = config;
        _states = states;
        _listener = listener;
        _random = random;
        _proxy = proxy;
        _interval = config.Interval.Ticks;
        _nextTick = now + _interval;
        _rates = new OutlierRates(config);
    }

    /// <summary>How many endpoints are ejected.</summary>
    public int EjectedCount => _ejected;

    /// <summary>Detections that ejected nobody because too many were out already: Envoy's <c>ejections_overflow</c>.</summary>
    public int Overflows { get; private set; }

    /// <summary>Detections by any rule, enforced or not.</summary>
    public int Detections { get; private set; }

    /// <summary>The service's endpoints changed. What has left is not counted as ejected any more.</summary>
    public void Update(Endpoint[] members, long now)
    {
        Advance(now);
        _members = members;
        for (int i = _hosts.Count - 1; i >= 0; i--)
        {
            var host = _hosts[i];
            if (IsMember(host.Endpoint)) continue;
            host.Left = true;
            _hosts.RemoveAt(i);
            if (host.Ejected) Return(host, now);
        }
    }

    /// <summary>Makes up for the ticks until now.</summary>
    public void Advance(long now)
    {
        if (now < _nextTick) return;
        // Without requests the second tick finds the last whole interval empty: after it only returns and decay are left.
        for (int i = 0; i < 2 && _nextTick <= now; i++, _nextTick += _interval) Tick(_nextTick);
        if (_nextTick > now) return;
        long last = now - (now - _nextTick) % _interval;
        foreach (var host in _hosts) Skip(host, _nextTick, last);
        _nextTick = last + _interval;
    }

    /// <summary>An attempt at an endpoint is over.</summary>
    public void Ended(int endpoint, in AttemptSample sample)
    {
        Advance(sample.Now);
        if (OutlierSignal.Of(sample) is not { } signal || HostOf(endpoint) is not { } host) return;
        if (_config.SplitExternalLocalOriginErrors)
        {
            // Envoy reports the connection first, then what became of the request on it.
            if (signal.Connected) LocalOrigin(host, success: true, sample.Now);
            if (signal.Answered > 0) Answered(host, signal.Answered, sample.Now);
            if (signal.Failure > 0) LocalOrigin(host, success: false, sample.Now);
            return;
        }
        if (signal.Answered > 0) Answered(host, signal.Answered, sample.Now);
        if (signal.Failure > 0) Answered(host, signal.Failure, sample.Now);
    }

    /// <summary>An active health check found a healthy endpoint well.</summary>
    public void CheckPassed(int endpoint, long now)
    {
        Advance(now);
        if (!_config.SuccessfulActiveHealthCheckUnejectHost) return;
        if (_states.FindHealth(endpoint)?.Outlier is { Ejected: true, Left: false } host) Return(host, now);
    }

    /// <summary>What happens on each tick, in Envoy's order.</summary>
    internal void Tick(long now)
    {
        foreach (var host in _hosts)
        {
            if (host.Ejected && now - host.EjectedAt >= EjectionTime(host)) Return(host, now);
            host.External.Roll();
            host.LocalOrigin.Roll();
        }
        JudgeRates(localOrigin: false, now);
        JudgeRates(localOrigin: true, now);
        foreach (var host in _hosts)
        {
            if (!host.Ejected && host.Multiplier > 0 && now - host.ReturnedAt >= _interval) host.Multiplier--;
        }
    }

    /// <summary>The ticks from <paramref name="first"/> to <paramref name="last"/>, before which two whole intervals had no request.</summary>
    private void Skip(OutlierHost host, long first, long last)
    {
        if (host.Ejected)
        {
            long due = TickAt(first, host.EjectedAt + EjectionTime(host));
            if (due > last) return;
            Return(host, due);
        }
        if (host.Multiplier == 0 || host.ReturnedAt is not { } returned) return;
        long decays = (last - TickAt(first, returned + _interval)) / _interval + 1;
        if (decays > 0) host.Multiplier = (int)Math.Max(0, host.Multiplier - decays);
    }

    /// <summary>The first tick, not before <paramref name="first"/>, at or after a time.</summary>
    private long TickAt(long first, long time) =>
        time <= first ? first : first + (time - first + _interval - 1) / _interval * _interval;

    private void Answered(OutlierHost host, int status, long now)
    {
        bool failed = status is >= 500 and < 600;
        host.External.Add(!failed);
        if (!failed)
        {
            host.Consecutive5xx = host.ConsecutiveGatewayFailure = 0;
            return;
        }
        if (status is not (502 or 503 or 504)) host.ConsecutiveGatewayFailure = 0;
        else if (++host.ConsecutiveGatewayFailure == _config.ConsecutiveGatewayFailure && !host.Ejected)
        {
            Detect(host, EjectionReason.ConsecutiveGatewayFailure, now);
            host.ConsecutiveGatewayFailure = 0;
        }
        if (++host.Consecutive5xx == _config.Consecutive5xx && !host.Ejected)
        {
            Detect(host, EjectionReason.Consecutive5xx, now);
            host.Consecutive5xx = 0;
        }
    }

    private void LocalOrigin(OutlierHost host, bool success, long now)
    {
        host.LocalOrigin.Add(success);
        if (success) host.ConsecutiveLocalOriginFailure = 0;
        else if (++host.ConsecutiveLocalOriginFailure == _config.ConsecutiveLocalOriginFailure && !host.Ejected)
        {
            Detect(host, EjectionReason.ConsecutiveLocalOriginFailure, now);
            host.ConsecutiveLocalOriginFailure = 0;
        }
    }

    private void JudgeRates(bool localOrigin, long now)
    {
        if (!_rates.Collect(_hosts, _members.Length, localOrigin)) return;
        for (int i = 0; i < _hosts.Count; i++)
        {
            if (_rates.IsOutlier(i)) Detect(_hosts[i], localOrigin ? EjectionReason.LocalOriginSuccessRate : EjectionReason.SuccessRate, now);
        }
        for (int i = 0; i < _hosts.Count; i++)
        {
            // One that the success rate has just ejected is not ejected twice.
            if (_rates.FailsTooOften(i) && !_hosts[i].Ejected)
                Detect(_hosts[i], localOrigin ? EjectionReason.LocalOriginFailurePercentage : EjectionReason.FailurePercentage, now);
        }
    }

    private void Detect(OutlierHost host, EjectionReason reason, long now)
    {
        Detections++;
        // Equal fractions round to equal doubles: 1/10 is 0.1 and 29/100 is 0.29.
        bool room = (_ejected + 1.0) / _members.Length <= _config.MaxEjectionPercent || (_config.AlwaysEjectOneHost && _ejected == 0);
        if (!room)
        {
            Overflows++;
            return;
        }
        int decision = host.Decisions++;
        ulong key = (ulong)(uint)_proxy << 32 | (uint)host.Endpoint;
        if (_random.Unit(Concern.Ejection, key, decision, 0) >= Enforcing(reason)) return;
        ulong jitters = (ulong)(_config.MaxEjectionTimeJitter.Ticks / TimeSpan.TicksPerMillisecond) + 1;
        host.Jitter = (long)(_random.Bits(Concern.Ejection, key, decision, 1) % jitters) * TimeSpan.TicksPerMillisecond;
        Eject(host, reason, now);
    }

    private void Eject(OutlierHost host, EjectionReason reason, long now)
    {
        _ejected++;
        host.Ejected = true;
        host.EjectedAt = now;
        long baseTime = _config.BaseEjectionTime.Ticks;
        if (host.Multiplier * baseTime < _config.LongestEjection.Ticks + baseTime) host.Multiplier++;
        _states.Health(host.Endpoint).Ejected = true;
        _states.HealthChanged();
        _listener.Ejected(host.Endpoint, reason, EjectionTime(host));
    }

    private void Return(OutlierHost host, long now)
    {
        _ejected--;
        host.Ejected = false;
        host.ReturnedAt = now;
        // The counters that did not trigger may be close to their thresholds.
        host.Consecutive5xx = host.ConsecutiveGatewayFailure = host.ConsecutiveLocalOriginFailure = 0;
        _states.Health(host.Endpoint).Ejected = false;
        _states.HealthChanged();
        _listener.Readmitted(host.Endpoint, now - host.EjectedAt);
    }

    private long EjectionTime(OutlierHost host) =>
        Math.Min(_config.BaseEjectionTime.Ticks * host.Multiplier, _config.LongestEjection.Ticks) + host.Jitter;

    private double Enforcing(EjectionReason reason) => reason switch
    {
        EjectionReason.Consecutive5xx => _config.EnforcingConsecutive5xx,
        EjectionReason.ConsecutiveGatewayFailure => _config.EnforcingConsecutiveGatewayFailure,
        EjectionReason.ConsecutiveLocalOriginFailure => _config.EnforcingConsecutiveLocalOriginFailure,
        EjectionReason.SuccessRate => _config.EnforcingSuccessRate,
        EjectionReason.LocalOriginSuccessRate => _config.EnforcingLocalOriginSuccessRate,
        EjectionReason.FailurePercentage => _config.EnforcingFailurePercentage,
        _ => _config.EnforcingFailurePercentageLocalOrigin,
    };

    /// <summary>What is known about an endpoint, made when it is new; <c>null</c> when it is not the service's any more.</summary>
    private OutlierHost? HostOf(int endpoint)
    {
        if (_states.FindHealth(endpoint)?.Outlier is { Left: false } known) return known;
        if (!IsMember(endpoint)) return null;
        var host = _states.Health(endpoint).Outlier = new OutlierHost(endpoint);
        int place = _hosts.Count;
        while (place > 0 && _hosts[place - 1].Endpoint > endpoint) place--;
        _hosts.Insert(place, host);
        return host;
    }

    private bool IsMember(int endpoint)
    {
        int low = 0, high = _members.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int id = _members[middle].Id;
            if (id == endpoint) return true;
            if (id < endpoint) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }
}
