using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Resilience;

/// <summary>What becomes of an answer under a retry policy.</summary>
internal enum RetryVerdict
{
    /// <summary>It is not worth another attempt, or the request cannot be repeated: it stands.</summary>
    Stands,

    /// <summary>It was worth one, but none is left: it stands, with <c>URX</c>.</summary>
    LimitReached,

    /// <summary>It was worth one, but the budget is used up: it stands (Envoy's <c>upstream_rq_retry_overflow</c>).</summary>
    Refused,

    /// <summary>Another attempt follows. The budget has been charged, and wants its <see cref="IRetryBudget.Release"/>.</summary>
    Retry,
}

/// <summary>Whether a request is tried again, in the order of Envoy's <c>shouldRetry</c>: the budget is asked last, so that nothing is charged for what would not be retried anyway.</summary>
internal static class RetryDecision
{
    /// <summary>Judges the answer to an attempt.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="budget">The service's budget, or <c>null</c>.</param>
    /// <param name="request">The request.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="retries">Retries made before this answer.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="activeRequests">Attempts of this proxy to the service, under way or waiting.</param>
    public static RetryVerdict Judge(RetryConfig policy, IRetryBudget? budget, MeshRequest request, in ReplyFacts reply, int retries, long now, int activeRequests)
    {
        if (!RetryConditions.IsRetriable(policy, reply) || !RetryConditions.IsRepeatable(policy, request)) return RetryVerdict.Stands;
        if (retries >= policy.Attempts) return RetryVerdict.LimitReached;
        return budget is null || budget.TryWithdraw(now, activeRequests) ? RetryVerdict.Retry : RetryVerdict.Refused;
    }
}
