using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Sections.Policy;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Requests that do something should not be done twice: a failed attempt may have done its work, and a slow one is about to.</summary>
internal static class RepetitionAdvice
{
    /// <summary>Conditions under which the callee has not looked at the request.</summary>
    private const RetryOn Harmless = RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.ResetBeforeRequest | RetryOn.RateLimited;

    public static void Run(Advisor advisor)
    {
        // One warning for a service and a policy: a list of requests says more than many lines.
        foreach (var group in advisor.Requests().Where(IsRetried).GroupBy(request => (request.To, request.Policy.Retries)))
        {
            int attempts = 1 + group.Key.Retries!.Attempts;
            Warn(advisor, group.Key.Retries, group,
                $"is retried after answers that do not say it was left undone ({RetryConditionShape.Text(group.Key.Retries.On & ~Harmless)}): it may be done up to {attempts} times. " +
                "Set 'idempotentOnly: true', or retry it only on connect-failure and refused-stream.");
        }
        foreach (var group in advisor.Requests().Where(IsHedged).GroupBy(request => (request.To, request.Policy.Hedge)))
        {
            Warn(advisor, group.Key.Hedge!, group,
                $"is hedged: when it is slow, it is done up to {1 + Extra(group.First().Policy)} times. Hedge requests that only read, in a route with 'match: {{method: GET}}'.");
        }
    }

    private static bool IsRetried(SentRequest request) => !IsIdempotent(request.Method)
        && request.Policy.Retries is { Attempts: > 0, IdempotentOnly: false } retries && (retries.On & ~Harmless) != 0;

    private static bool IsHedged(SentRequest request) => !IsIdempotent(request.Method) && request.Policy.Hedge is not null && Extra(request.Policy) > 0;

    private static int Extra(PolicyConfig policy) => policy.Hedge!.OnPerTryTimeout ? policy.Retries?.Attempts ?? 0 : policy.Hedge.MaxExtra;

    // PUT and DELETE may be repeated too (RFC 9110, 9.2.2).
    private static bool IsIdempotent(string method) => method is not ("POST" or "PATCH" or "CONNECT");

    /// <summary>What a profile does by itself is not its user's doing (Istio's retries meet gRPC's "unavailable").</summary>
    private static void Warn(Advisor advisor, object policy, IEnumerable<SentRequest> requests, string message)
    {
        if (!advisor.IsWritten(policy)) return;
        string names = string.Join(", ", requests.Select(request => $"{request.Method} {request.Path}").Distinct());
        advisor.Warn(policy, null, $"{names} to '{requests.First().To}' {message}");
    }
}
