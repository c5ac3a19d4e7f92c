namespace Mesh.Runtime.Model;

/// <summary>What retries of one proxy to one service may cost. The two meanings that meshes give it differ: a share of what is under way, or of what came lately.</summary>
public abstract record RetryBudgetConfig;

/// <summary>Envoy's budget: retries under way at once are at most a share of the requests under way.</summary>
public sealed record ConcurrentBudgetConfig : RetryBudgetConfig
{
    /// <summary>Share of the requests under way, waiting ones included, 0 to 1. Default 0.2 (Envoy).</summary>
    public double Percent { get; init; } = 0.2;

    /// <summary>Retries under way that are always allowed. Default 3 (Envoy).</summary>
    public int MinConcurrent { get; init; } = 3;

    /// <summary>
    /// How long a request counts towards the share; zero: while it is under way. At most an hour. Default zero
    /// (Istio's <c>retryBudget.budgetInterval</c>, Envoy's <c>budget_interval</c>, Gateway API's <c>retryConstraint.budget.interval</c>).
    /// </summary>
    public TimeSpan Interval { get; init; }
}

/// <summary>Linkerd's budget (tower's <c>TpsBudget</c>): retries are at most a share of the requests within a window, and a fixed rate more.</summary>
public sealed record WindowedBudgetConfig : RetryBudgetConfig
{
    /// <summary>Retries for each request, 0 to 1000. Default 0.2 (Linkerd).</summary>
    public double Ratio { get; init; } = 0.2;

    /// <summary>Retries a second that are allowed beside. Default 10 (Linkerd).</summary>
    public int MinPerSecond { get; init; } = 10;

    /// <summary>How long a request counts, 1 s to 60 s; its whole seconds count for <see cref="MinPerSecond"/>. Default 10 s (Linkerd).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);
}
