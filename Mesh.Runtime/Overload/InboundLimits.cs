using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.RateLimiting;
using Mesh.Runtime.Routing;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Overload;

/// <summary>
/// What stands before the application in a callee's sidecar: rate limit, then adaptive concurrency, then load shedding.
/// It runs under a lock of its own. What an unchanged policy knows goes on in the next one; a request leaves the one that it entered.
/// </summary>
internal sealed class InboundLimits
{
    private const int EnforcedDraw = 2;   // the caller's admission control and throttle have draws 0 and 1 of the same request
    private readonly Lock _lock;
    private readonly PolicyConfig _policy;
    private readonly RouteTable _routes;
    private readonly KeyedRandom _random;
    private readonly RateLimiter? _rateLimit;
    private readonly AdaptiveConcurrency? _concurrency;
    private readonly LoadShedder? _shedding;

    private InboundLimits(ServicePolicy service, KeyedRandom random, int proxy, long now, InboundLimits? old)
    {
        var policy = service.Config;
        (_policy, _routes, _random) = (policy, service.Routes, random);
        _lock = old?._lock ?? new Lock();
        if (policy.RateLimit is { } rate) _rateLimit = rate.Equals(old?._policy.RateLimit) ? old!._rateLimit : new RateLimiter(rate, now);
        if (policy.AdaptiveConcurrency is { } limit)
            _concurrency = limit.Equals(old?._policy.AdaptiveConcurrency) ? old!._concurrency : new AdaptiveConcurrency(limit, random, (ulong)proxy, now);
        if (policy.LoadShedding is { } shedding) _shedding = shedding.Equals(old?._policy.LoadShedding) ? old!._shedding : new LoadShedder(shedding);
    }

    /// <summary>Endpoints of the service, for a limit that they share. Default 1.</summary>
    public int Members { get; set; } = 1;

    /// <summary>Admitted requests in progress, counted by each limit that counts them, for tests.</summary>
    public int InFlight
    {
        get { lock (_lock) return (_concurrency?.InFlight ?? 0) + (_shedding?.InFlight ?? 0); }
    }

    /// <summary>Whether its rate limit is one that the control plane counts, where there is one.</summary>
    public bool IsGlobal => _policy.RateLimit is { Global: true };

    /// <summary>The limits of a policy; <c>null</c> where it has none.</summary>
    /// <param name="service">The policy of the service that the sidecar stands before.</param>
    /// <param name="random">The draws.</param>
    /// <param name="proxy">The sidecar's id.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="old">The limits until now.</param>
    public static InboundLimits? For(ServicePolicy service, KeyedRandom random, int proxy, long now, InboundLimits? old)
    {
        if (service.Config is { RateLimit: null, AdaptiveConcurrency: null, LoadShedding: null }) return null;
        return service.Config.Equals(old?._policy) ? old : new InboundLimits(service, random, proxy, now, old);
    }

    /// <summary>Asks whoever counts for all whether the rate limit lets a request in.</summary>
    /// <param name="service">Who counts.</param>
    /// <param name="request">The request.</param>
    /// <returns>What a refused request is answered, <c>null</c> for one that may go on; and whether the decision failed to come.</returns>
    public async ValueTask<(UpstreamReply? Refusal, bool Failed)> AskAsync(IGlobalLimits service, MeshRequest request)
    {
        var limit = _policy.RateLimit!;
        var uses = _rateLimit!.UsesOf(request, _routes);
        if (uses.Count == 0) return (null, false);
        if (await service.AskAsync(uses, limit.GlobalTimeout).ConfigureAwait(false) is not { } decision) return (limit.FailureModeDeny ? Undecided : null, true);
        return (decision.Allowed || !Enforces(_rateLimit, request) ? null : RateLimited(decision.RetryAfter), false);
    }

    /// <summary>Admits a request, or refuses it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="refusal">What a refused request is answered, with the flag for the callee's own telemetry.</param>
    /// <param name="slot">An admitted request's place, to be given back.</param>
    /// <param name="isCounted">Whether the rate limit has been asked already.</param>
    public bool TryEnter(MeshRequest request, long now, out UpstreamReply refusal, out ConcurrencySlot slot, bool isCounted = false)
    {
        (refusal, slot) = (default, default);
        lock (_lock)
        {
            if (!isCounted && _rateLimit is { } limiter && limiter.Decide(request, _routes, Members, now) is { Allowed: false } refused && Enforces(limiter, request))
            {
                refusal = RateLimited(refused.RetryAfter);
                return false;
            }
            if (_concurrency is { } concurrency && !concurrency.TryEnter(now, out slot))
            {
                refusal = Overloaded;
                return false;
            }
            if (_shedding is { } shedding && !shedding.TryEnter(shedding.PriorityOf(request.Headers)))
            {
                _concurrency?.Cancel();
                refusal = Overloaded;
                return false;
            }
            return true;
        }
    }

    /// <summary>An admitted request has ended.</summary>
    /// <param name="slot">Its place.</param>
    /// <param name="status">The application's answer; 0 when the caller gave up first.</param>
    /// <param name="now">The time in ticks.</param>
    public void Exit(in ConcurrencySlot slot, int status, long now)
    {
        lock (_lock)
        {
            _shedding?.Exit();
            _concurrency?.Exit(slot, now, status switch { 0 => ExitOutcome.Abandoned, 503 or 504 => ExitOutcome.Overloaded, _ => ExitOutcome.Answered });
        }
    }

    /// <summary>The adaptive limit when it is another than at the last call, for telemetry.</summary>
    public bool LimitChanged(out int limit)
    {
        limit = 0;
        if (_concurrency is not { } concurrency) return false;
        lock (_lock)
        {
            limit = concurrency.Limit;
            return concurrency.Changed();
        }
    }

    private bool Enforces(RateLimiter limiter, MeshRequest request) => limiter.Enforces(_random.Unit(Concern.Admission, request.Key, request.Attempt, EnforcedDraw));

    private static UpstreamReply Undecided => new(500, ResponseFlags.RLSE, 0, Complete: true);

    private static UpstreamReply Overloaded => new(503, ResponseFlags.OM, 0, Complete: true) { Hints = ReplyHints.Overloaded };

    // Retry-After is written in whole seconds.
    private static UpstreamReply RateLimited(long wait) => new(429, ResponseFlags.RL, 0, Complete: true)
    {
        Hints = ReplyHints.RateLimited,
        RetryAfter = (wait + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond,
    };
}
