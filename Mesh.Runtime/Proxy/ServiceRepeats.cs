using System.Runtime.InteropServices;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>What one proxy keeps about repeating requests to one service: the budgets of its retry policies, and when an attempt counts as late.</summary>
internal sealed class ServiceRepeats
{
    private readonly Lock _lock = new();
    private Dictionary<RetryConfig, IRetryBudget?> _budgets = new(ReferenceEqualityComparer.Instance);
    private Dictionary<RetryConfig, IRetryBudget?> _before = [];
    private RetryConfig? _lastPolicy;
    private IRetryBudget? _lastBudget;
    private HedgeConfig? _hedge;
    private HedgeDelay? _hedgeDelay;
    private IRetryBudget? _hedgeBudget;

    /// <summary>Slots that retries hold, for tests.</summary>
    public int RetriesHeld
    {
        get
        {
            lock (_lock) return _budgets.Values.Union(_before.Values).OfType<ConcurrentRetryBudget>().Sum(budget => budget.Current);
        }
    }

    /// <summary>Budgets of retry policies that are kept, for tests.</summary>
    public int Budgets
    {
        get { lock (_lock) return _budgets.Count; }
    }

    /// <summary>
    /// Takes over a newer policy: retry policies that are the same in it go on with their budgets. Those of the policy before are kept for its requests in progress, older ones are forgotten.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="sameLimits">Whether <see cref="LimitsConfig.MaxRetries"/> is what it was: it is the budget where no other is given.</param>
    public void Apply(ServicePolicy policy, bool sameLimits)
    {
        lock (_lock)
        {
            var left = _budgets.ToList();
            (_before, _budgets) = (_budgets, new(ReferenceEqualityComparer.Instance));
            _lastPolicy = null;
            foreach (var route in policy.Routes.Routes.Append(policy.Routes.Rest))
            {
                if (route.Policy.Retries is not { } retries || (retries.Budget is null && !sameLimits)) continue;
                int same = left.FindIndex(entry => entry.Key == retries);
                if (same < 0 || !_budgets.TryAdd(retries, left[same].Value)) continue;
                left.RemoveAt(same);   // each goes on in one
            }
        }
    }

    /// <summary>A request that may be retried begins, which counts where the budget looks back over an interval.</summary>
    public void Began(Exchange exchange, long now)
    {
        var policy = exchange.Policy.Retries!;
        if (policy.Budget is not ConcurrentBudgetConfig { Interval.Ticks: > 0 }) return;
        lock (_lock) Budget(policy, exchange)?.Began(now);
    }

    /// <summary>What becomes of an answer. A retry then holds a slot of its budget until <see cref="Release"/>.</summary>
    public RetryVerdict Judge(Exchange exchange, in ReplyFacts reply, int retries, long now)
    {
        var policy = exchange.Policy.Retries!;
        lock (_lock)
        {
            var budget = Budget(policy, exchange);
            var verdict = RetryDecision.Judge(policy, budget, exchange.Request, reply, retries, now, exchange.Service.Limits.Requests);
            if (verdict == RetryVerdict.Retry) exchange.RetrySlot = budget;
            return verdict;
        }
    }

    /// <summary>The attempt that a retry's slot was for is over.</summary>
    public void Release(Exchange exchange)
    {
        exchange.RetrySlot?.Release();
        exchange.RetrySlot = null;
    }

    /// <summary>A request has its answer, which fills the budget of retries.</summary>
    public void Answered(Exchange exchange, long now)
    {
        var policy = exchange.Policy;
        if (policy.Retries is not { } retries) return;
        Release(exchange);
        lock (_lock) Budget(retries, exchange)?.Deposit(now);
    }

    /// <summary>A request that may be hedged begins, which fills the budget of hedges.</summary>
    public void Begin(HedgeConfig hedge, long now)
    {
        lock (_lock) HedgeBudget(hedge).Deposit(now);
    }

    /// <summary>Ticks after which an attempt is late enough for a hedge; <see cref="long.MaxValue"/> while that is not known.</summary>
    public long HedgeAfter(Exchange exchange, long now)
    {
        var policy = exchange.Policy;
        if (policy.Hedge!.OnPerTryTimeout) return policy.PerTryTimeout > 0 ? policy.PerTryTimeout : long.MaxValue;
        lock (_lock) return Delay(policy.Hedge).DelayAt(now);
    }

    /// <summary>Whether the budget has room for a hedge.</summary>
    public bool TryHedge(Exchange exchange, long now)
    {
        lock (_lock) return HedgeBudget(exchange.Policy.Hedge!).TryWithdraw(now, exchange.Service.Limits.Requests);
    }

    /// <summary>An attempt is over. Those that repeat a request are slower or faster for that very reason, and tell nothing.</summary>
    public void Observe(Attempt attempt, in AttemptSample sample)
    {
        // One that a hedge beat took at least so long: without it the percentile would sink with every hedge.
        if (attempt.Number == 0 && (sample.Status != 0 || (sample.Flags & ResponseFlags.LR) != 0)) _hedgeDelay?.Observe(sample.Duration, sample.Now);
    }

    /// <summary>The budget of a retry policy: a route's own policy has one of its own.</summary>
    private IRetryBudget? Budget(RetryConfig policy, Exchange exchange)
    {
        if (ReferenceEquals(policy, _lastPolicy)) return _lastBudget;
        ref var budget = ref CollectionsMarshal.GetValueRefOrAddDefault(_budgets, policy, out bool known);
        if (!known && !_before.TryGetValue(policy, out budget)) budget = RetryBudgets.Create(policy, exchange.Service.Policy.Limits);
        (_lastPolicy, _lastBudget) = (policy, budget);
        return budget;
    }

    private HedgeDelay Delay(HedgeConfig hedge)
    {
        UseHedge(hedge);
        return _hedgeDelay!;
    }

    private IRetryBudget HedgeBudget(HedgeConfig hedge)
    {
        UseHedge(hedge);
        return _hedgeBudget!;
    }

    /// <summary>Routes of one service that hedge differently share the latest one's state: attempts of all of them tell how fast the service is.</summary>
    private void UseHedge(HedgeConfig hedge)
    {
        if (hedge == _hedge) return;
        _hedge = hedge;
        _hedgeDelay = new HedgeDelay(hedge);
        _hedgeBudget = RetryBudgets.Create(hedge);
    }
}
