using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>A breaker that never sees enough attempts to judge by is no breaker.</summary>
internal static class BreakerAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var service in advisor.World.Services) MinimumThroughput(advisor, service);
    }

    /// <summary>Each proxy has a breaker of its own, which sees its own attempts only.</summary>
    private static void MinimumThroughput(Advisor advisor, ServiceConfig service)
    {
        var policy = advisor.World.Mesh.PolicyFor(service.Name);
        if (policy.CircuitBreaker is not { } breaker || advisor.Rates.BusiestTo(service.Name) is not { } busiest) return;
        double attempts = 1 + (policy.Retries?.Attempts ?? 0);
        double expected = busiest.Rate * attempts * breaker.Window.TotalSeconds;
        // Three standard deviations of a Poisson count: what remains is one window in a thousand.
        if (expected + 3 * Math.Sqrt(expected) >= breaker.MinThroughput) return;
        string retried = attempts > 1 ? $" (every attempt failing and retried: {Notation.Number(attempts)} times {Notation.Rate(busiest.Rate)})" : "";
        advisor.WarnOf(service.Name, one => one.CircuitBreaker, "circuitBreaker",
            $"the breaker for '{service.Name}' will not open at this load: it needs {breaker.MinThroughput} attempts within {TimeChecks.Text(breaker.Window)}, and the busiest proxy, {busiest}, " +
            $"makes about {Notation.Number(expected)}{retried}. A breaker sees its own proxy's attempts only; lower 'minThroughput' or widen 'window'.");
    }
}
