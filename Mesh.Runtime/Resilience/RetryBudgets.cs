using Mesh.Runtime.Model;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// What retries of one proxy to one service may cost. A retry takes its share when it is scheduled, so that one which waits counts too,
/// and gives back what is held while it is under way when its attempt has ended. Safe to call from several threads.
/// </summary>
internal interface IRetryBudget
{
    /// <summary>Takes the share of one retry, unless the budget is used up.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="activeRequests">Attempts of this proxy to the service that are under way or wait for a connection.</param>
    bool TryWithdraw(long now, int activeRequests);

    /// <summary>The attempt of a retry that was allowed has ended, or will not be made.</summary>
    void Release();

    /// <summary>A request that may be retried begins.</summary>
    void Began(long now)
    {
    }

    /// <summary>A request that is no retry has its answer.</summary>
    void Deposit(long now);
}

/// <summary>Makes the budget that a policy means.</summary>
internal static class RetryBudgets
{
    /// <summary>The window over which hedges are a share of the requests.</summary>
    private static readonly TimeSpan HedgeWindow = TimeSpan.FromSeconds(10);

    /// <summary>The budget of a service's retries; <c>null</c> when nothing limits them. As in Envoy, a budget takes the place of <c>maxRetries</c>.</summary>
    public static IRetryBudget? Create(RetryConfig retries, LimitsConfig? limits = null) => retries.Budget switch
    {
        ConcurrentBudgetConfig concurrent => new ConcurrentRetryBudget(
            concurrent.Percent, concurrent.MinConcurrent, concurrent.Interval > TimeSpan.Zero ? new RecentRequests(concurrent.Interval.Ticks) : null),
        WindowedBudgetConfig windowed => WindowedRetryBudget.OfRetries(windowed),
        _ => limits?.MaxRetries is { } most ? new ConcurrentRetryBudget(percent: 0, most) : null,
    };

    /// <summary>The budget of a service's hedges.</summary>
    public static IRetryBudget Create(HedgeConfig hedge) => WindowedRetryBudget.OfHedges(hedge.Budget, HedgeWindow);
}
