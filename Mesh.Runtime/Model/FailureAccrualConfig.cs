namespace Mesh.Runtime.Model;

/// <summary>
/// Linkerd's failure accrual, one per proxy and endpoint: a number of failures in a row shuts the endpoint, and with
/// <see cref="SuccessRate"/> a low success rate does too (Linkerd's unified breaker). There is no ceiling: all endpoints may be shut.
/// Names follow Linkerd's annotations <c>balancer.linkerd.io/failure-accrual-*</c>.
/// </summary>
public sealed record FailureAccrualConfig
{
    /// <summary>Failures in a row that shut the endpoint; 0 switches the rule off. Default 7.</summary>
    public int MaxFailures { get; init; } = 7;

    /// <summary>How long an endpoint is shut at first, before one request may try it; doubled with each try that fails. Above 0. Default 1 s.</summary>
    public TimeSpan MinPenalty { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between tries. Not below <see cref="MinPenalty"/>. Default 60 s.</summary>
    public TimeSpan MaxPenalty { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Largest share of the penalty that is drawn and added to it, 0 to 100. Default 0.5.</summary>
    public double JitterRatio { get; init; } = 0.5;

    /// <summary>The rule on the success rate. Default: none.</summary>
    public AccrualRateConfig? SuccessRate { get; init; }

    /// <summary>Whether an answer's <c>Retry-After</c> (429 and 503) makes the first penalty longer, up to <see cref="MaxPenalty"/>. Default false.</summary>
    public bool HonorRetryAfter { get; init; }
}

/// <summary>The success-rate rule of Linkerd's unified breaker. Here 429 and gRPC's RESOURCE_EXHAUSTED count as failures too.</summary>
public sealed record AccrualRateConfig
{
    /// <summary>Share of successes, 0 to 1, below which the endpoint is shut; 0 switches the rule off. Default 0.8.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>The time over which the share is taken, in ten parts; 10 ms or more. Default 10 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Answers in the window before the share counts, at most 1,000,000. Default 5.</summary>
    public int MinRequests { get; init; } = 5;
}
