using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Health;

/// <summary>
/// Linkerd's failure accrual of one proxy for one service, after its <c>breaker/unified.rs</c>. An endpoint that fails is shut, without any ceiling on how many;
/// after a penalty one request may try it, and the first answer decides. It has no timer: penalties that are over are noticed when it is next asked.
/// </summary>
internal sealed class FailureAccrual
{
    private readonly FailureAccrualConfig _config;
    private readonly AccrualRateConfig? _rate;
    private readonly EndpointStates _states;
    private readonly IHealthListener _listener;
    private readonly KeyedRandom _random;
    private readonly int _proxy;
    private readonly List<AccrualEndpoint> _shut = [];   // and on probation, in the order in which they were shut
    private long _nextDue = long.MaxValue;

    /// <summary>Failure accrual that trusts every endpoint.</summary>
    public FailureAccrual(FailureAccrualConfig config, EndpointStates states, IHealthListener listener, KeyedRandom random, int proxy)
    {
        _config = config;
        _rate = config.SuccessRate is { Threshold: > 0 } rate ? rate : null;
        _states = states;
        _listener = listener;
        _random = random;
        _proxy = proxy;
    }

    /// <summary>How many endpoints are shut or on probation.</summary>
    public int ShutCount => _shut.Count;

    /// <summary>The service's endpoints changed: what has left is trusted again should it come back.</summary>
    public void Update(Endpoint[] members, long now)
    {
        for (int i = _shut.Count - 1; i >= 0; i--)
        {
            var one = _shut[i];
            if (!Array.Exists(members, member => member.Id == one.Endpoint)) Reopen(one, now);
        }
    }

    /// <summary>Puts the endpoints on probation whose penalty is over.</summary>
    public void Advance(long now)
    {
        if (now < _nextDue) return;
        _nextDue = long.MaxValue;
        foreach (var one in _shut)
        {
            if (one.Phase != AccrualPhase.Shut) continue;
            if (one.Due <= now) Move(one, AccrualPhase.Probation);
            else _nextDue = Math.Min(_nextDue, one.Due);
        }
    }

    /// <summary>An endpoint was picked: on probation it takes the one request that may try it.</summary>
    public void Picked(int endpoint, long now)
    {
        if (_states.FindHealth(endpoint)?.Accrual is not { Phase: AccrualPhase.Probation } one) return;
        one.TriedAt = now;
        Move(one, AccrualPhase.Trying);
    }

    /// <summary>An attempt at an endpoint is over, or was given up or refused before it reached it.</summary>
    public void Ended(int endpoint, in AttemptSample sample)
    {
        Advance(sample.Now);
        var verdict = AccrualClassification.Of(sample);
        var one = _states.FindHealth(endpoint)?.Accrual;
        if (verdict == AccrualVerdict.None)
        {
            // The try proved nothing: the next request has it. One that began before the try has no part in it.
            if (one is { Phase: AccrualPhase.Trying } && sample.Now - sample.Duration >= one.TriedAt) Move(one, AccrualPhase.Probation);
            return;
        }
        one ??= Add(endpoint, sample.Now);
        if (_config.HonorRetryAfter && sample.RetryAfter > 0) (one.Hint, one.HintAt) = (Math.Min(sample.RetryAfter, _config.MaxPenalty.Ticks), sample.Now);
        switch (one.Phase)
        {
            case AccrualPhase.Available when Trips(one, verdict, sample.Now):
                one.ShutAt = sample.Now;
                one.Tries = 0;
                _shut.Add(one);
                _listener.Ejected(endpoint, EjectionReason.FailureAccrual, Shut(one, TakeHint(one, sample.Now), sample.Now));
                break;
            // As in Linkerd, the first answer decides, also one to a request from before.
            case AccrualPhase.Probation or AccrualPhase.Trying when Passes(verdict):
                Reopen(one, sample.Now);
                break;
            case AccrualPhase.Probation or AccrualPhase.Trying:
                one.Tries++;
                Shut(one, 0, sample.Now);
                break;
        }
    }

    private bool Trips(AccrualEndpoint one, AccrualVerdict verdict, long now)
    {
        one.Failures = verdict == AccrualVerdict.Failure ? one.Failures + 1 : 0;
        one.Window?.Add(verdict is AccrualVerdict.Success or AccrualVerdict.NotOk, now);
        if (_config.MaxFailures > 0 && one.Failures >= _config.MaxFailures) return true;
        return one.Window is { } window && window.Total >= _rate!.MinRequests && (double)window.Successes / window.Total < _rate.Threshold;
    }

    private bool Passes(AccrualVerdict verdict) =>
        verdict == AccrualVerdict.Success || (_rate is null && verdict is AccrualVerdict.Limited or AccrualVerdict.NotOk);

    /// <summary>Shuts an endpoint for its next penalty, or for longer where it asked to be left alone.</summary>
    private long Shut(AccrualEndpoint one, long hint, long now)
    {
        ulong key = (ulong)(uint)_proxy << 32 | (uint)one.Endpoint;
        long penalty = Math.Max(hint, Penalty(_config, one.Tries, _random.Unit(Concern.Ejection, key, one.Draws++, 2)));
        one.Due = now + penalty;
        _nextDue = Math.Min(_nextDue, one.Due);
        Move(one, AccrualPhase.Shut);
        return penalty;
    }

    private void Reopen(AccrualEndpoint one, long now)
    {
        _shut.Remove(one);
        one.Failures = 0;
        one.Window?.Clear(now);
        Move(one, AccrualPhase.Available);
        _listener.Readmitted(one.Endpoint, now - one.ShutAt);
    }

    private void Move(AccrualEndpoint one, AccrualPhase phase)
    {
        one.Phase = phase;
        _states.Health(one.Endpoint).Shut = phase is AccrualPhase.Shut or AccrualPhase.Trying;
        _states.HealthChanged();
    }

    private long TakeHint(AccrualEndpoint one, long now)
    {
        long left = one.HintAt + one.Hint - now;
        one.Hint = 0;
        return left > 0 ? Math.Clamp(left, _config.MinPenalty.Ticks, _config.MaxPenalty.Ticks) : 0;
    }

    private AccrualEndpoint Add(int endpoint, long now) =>
        _states.Health(endpoint).Accrual = new AccrualEndpoint(endpoint, _rate is null ? null : new SuccessWindow(_rate.Window, now));

    /// <summary>
    /// The n-th penalty, as Linkerd's <c>exp-backoff</c> has it: the least, doubled each time up to the longest, and a drawn share of it on top, within the longest.
    /// </summary>
    /// <param name="config">The policy.</param>
    /// <param name="tries">Tries that failed before, from 0.</param>
    /// <param name="unit">A draw in [0, 1).</param>
    internal static long Penalty(FailureAccrualConfig config, int tries, double unit)
    {
        long longest = config.MaxPenalty.Ticks, penalty = config.MinPenalty.Ticks;
        for (int i = 0; i < tries && penalty < longest; i++) penalty *= 2;
        penalty = Math.Min(penalty, longest);
        return penalty + Math.Min((long)(penalty * config.JitterRatio * unit), longest - penalty);
    }
}
