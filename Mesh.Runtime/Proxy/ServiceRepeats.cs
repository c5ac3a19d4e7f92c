using System.Runtime.InteropServices;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;

namespace Mesh.Runtime.Proxy;

/// <summary>What one proxy keeps about repeating requests to one service: the budgets of its retry policies, and when an attempt counts as late.</summary>
internal sealed class ServiceRepeats
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RetryConfig, IRetryBudget?> _budgets = new(ReferenceEqualityComparer.Instance);
    private RetryConfig? _lastPolicy;
    private IRetryBudget? _lastBudget;
    private HedgeConfig? _hedge;
    private HedgeDelay? _hedgeDelay;
    private IRetryBudget? _hedgeBudget;

    /// <summary>Whether a retry may be made; it then holds a slot of its budget until <see cref="Release"/>.</summary>
    public bool TryRetry(Exchange exchange, RetryConfig policy, long now)
    {
        lock (_lock)
        {
            if (Budget(policy, exchange) is not { } budget) return true;
            if (!budget.TryWithdraw(now, exchange.Service.Limits.Requests)) return false;
            exchange.RetrySlot = budget;
            return true;
        }
    }

    /// <summary>The attempt that a retry's slot was for is over.</summary>
    public void Release(Exchange exchange)
    {
        if (exchange.RetrySlot is not { } slot) return;
        lock (_lock) slot.Release();
        exchange.RetrySlot = null;
    }

    /// <summary>A request has its answer, which fills the budgets.</summary>
    public void Answered(Exchange exchange, long now)
    {
        var policy = exchange.Policy;
        if (policy.Retries is null && policy.Hedge is null) return;
        Release(exchange);
        lock (_lock)
        {
            if (policy.Retries is { } retries) Budget(retries, exchange)?.Deposit(now);
            if (policy.Hedge is { } hedge) HedgeBudget(hedge).Deposit(now);
        }
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

    /// <summary>An attempt is over.</summary>
    public void Observe(in AttemptSample sample)
    {
        if (_hedgeDelay is null || sample.Status == 0) return;
        lock (_lock) _hedgeDelay.Observe(sample.Duration, sample.Now);
    }

    /// <summary>The budget of a retry policy: a route's own policy has one of its own.</summary>
    private IRetryBudget? Budget(RetryConfig policy, Exchange exchange)
    {
        if (ReferenceEquals(policy, _lastPolicy)) return _lastBudget;
        ref var budget = ref CollectionsMarshal.GetValueRefOrAddDefault(_budgets, policy, out bool known);
        if (!known) budget = RetryBudgets.Create(policy, exchange.Service.Policy.Limits);
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
