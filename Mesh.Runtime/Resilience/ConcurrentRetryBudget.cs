namespace Mesh.Runtime.Resilience;

/// <summary>
/// Envoy's retry budget: at any time at most max(trunc(percent x requests under way), minimum) retries, compared as <c>current &lt; limit</c>.
/// With a share of 0 it is Envoy's <c>max_retries</c>. With an interval (<c>budget_interval</c>), the requests that came within it stand in for those under way.
/// </summary>
/// <param name="percent">The share, 0 to 1.</param>
/// <param name="minConcurrent">Retries that are always allowed.</param>
/// <param name="recent">Requests of the interval; <c>null</c> without one.</param>
internal sealed class ConcurrentRetryBudget(double percent, int minConcurrent, RecentRequests? recent = null) : IRetryBudget
{
    private int _current;

    /// <summary>Retries under way, those in back-off included.</summary>
    public int Current => Volatile.Read(ref _current);

    public bool TryWithdraw(long now, int activeRequests)
    {
        int limit = Math.Max((int)(percent * (recent?.CountAt(now) ?? activeRequests)), minConcurrent);
        if (Interlocked.Increment(ref _current) <= limit)
        {
            recent?.Add(now);   // its attempt is a request too
            return true;
        }
        Interlocked.Decrement(ref _current);
        return false;
    }

    public void Began(long now) => recent?.Add(now);

    public void Release() => Interlocked.Decrement(ref _current);

    public void Deposit(long now)
    {
    }
}
