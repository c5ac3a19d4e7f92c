namespace Mesh.Theory.Tests;

/// <summary>One proxy that balances over single-worker replicas, where requests in flight are the queues' true lengths.</summary>
internal static class Balanced
{
    public const string RoundRobin = "loadBalancer: roundRobin";
    public const string ShortestQueue = "loadBalancer: joinShortestQueue";
    public const string IdleQueue = "loadBalancer: joinIdleQueue";
    public const string RandomChoice = "loadBalancer: random";
    public const string WithReplacement = "loadBalancer: {algorithm: leastRequest, choices: 2, withReplacement: true}";
    public const string Distinct = "loadBalancer: {algorithm: leastRequest, choices: 2, withReplacement: false}";

    /// <summary>A hundred replicas even each other out: their queues are a few deep, and settle sooner.</summary>
    public static string Replicas(int n, double rho, double requests, string policy) => Scenario.Queue(rho, requests, n >= 100 ? 200 : 600,
        $"replicas: {n}, workers: 1, queue: unlimited, serviceTime: {{distribution: exponential, mean: 10ms}}", n, policy);
}
