namespace Mesh.Scenarios.Import;

/// <summary>What a service graph does not say, as it would stand in a scenario.</summary>
internal sealed record ImportOptions
{
    /// <summary>Requests per second, shared among the entry points. Default 100/s.</summary>
    public string? Rate { get; init; }

    /// <summary>Virtual time of the run. Default 60s.</summary>
    public string? Duration { get; init; }

    /// <summary>Every service's own work. Default lognormal with mean 1 ms and p99 5 ms.</summary>
    public string? ServiceTime { get; init; }

    /// <summary>A policy by name. Default <c>istio</c>.</summary>
    public string? Policy { get; init; }

    /// <summary>Whether anything was given.</summary>
    public bool Any => (Rate ?? ServiceTime ?? Policy) is not null;
}

/// <summary>Policies by name, for graphs that have none of their own.</summary>
internal static class PolicyPresets
{
    /// <summary>The policies, as the <c>mesh</c> section of a scenario.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new OrderedDictionary<string, string>
    {
        ["none"] = "{defaults: {loadBalancer: leastRequest}}",
        ["istio"] = "{defaults: {loadBalancer: leastRequest, retries: {attempts: 2, on: [connect-failure, 503]}}}",
        ["full"] = "{defaults: {loadBalancer: leastRequest, timeout: 10s, perTryTimeout: 2s, retries: {attempts: 2, on: [gateway-error]}, circuitBreaker: {failureRatio: 50%, window: 10s, minThroughput: 20, openFor: 5s}}}",
    };
}
