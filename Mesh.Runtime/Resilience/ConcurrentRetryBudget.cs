namespace Mesh.Runtime.Resilience;

/// <summary>
/// Envoy's retry budget: at any time at most max(trunc(percent x requests under way), minimum) retries, compared as <c>current &lt; limit</c>.
/// With a share of 0 it is Envoy's <c>max_retries</c>.
/// </summary>
internal sealed class ConcurrentRetryBudget(double percent, int minConcurrent) : IRetryBudget
{
    private int _current;

    /// <summary>Retries under way, those in back-off included.</summary>
    public int Current => Volatile.Read(ref _current);

    public bool TryWithdraw(long now, int activeRequests)
    {
        int limit = Math.Max((int)(percent * activeRequests), minConcurrent);
        if (Interlocked.Increment(ref _current) <= limit) return true;
        Interlocked.Decrement(ref _current);
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _current);

    public void Deposit(long now)
    {
    }
}
