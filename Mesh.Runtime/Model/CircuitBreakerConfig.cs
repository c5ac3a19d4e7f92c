namespace Mesh.Runtime.Model;

/// <summary>A circuit breaker on the failure ratio: Polly's, one per proxy and service.</summary>
public sealed record CircuitBreakerConfig
{
    /// <summary>Share of failures, above 0 and at most 1, at which the breaker opens. Default 0.5.</summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>The time over which the ratio is taken, 500 ms or more (Polly's bound). Default 10 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts in the window before the ratio counts, 2 or more (Polly's bound). Default 20.</summary>
    public int MinThroughput { get; init; } = 20;

    /// <summary>How long the breaker stays open before one attempt is let through, 500 ms or more (Polly's bound). Default 5 s.</summary>
    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(5);
}
