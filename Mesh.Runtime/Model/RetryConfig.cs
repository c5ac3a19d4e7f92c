namespace Mesh.Runtime.Model;

/// <summary>When and how often a failed attempt is repeated.</summary>
public sealed record RetryConfig
{
    /// <summary>Retries after the first attempt, 0 or more. Default 2 (Istio; Envoy's own default is 1).</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>What is retried. Default <see cref="RetryOn.GatewayError"/>.</summary>
    public RetryOn On { get; init; } = RetryOn.GatewayError;

    /// <summary>Statuses retried under <see cref="RetryOn.StatusCodes"/>. Default none.</summary>
    public ValueList<StatusRange> StatusCodes { get; init; } = [];

    /// <summary>Response headers of which one suffices under <see cref="RetryOn.RetriableHeaders"/>. Default none.</summary>
    public HeaderMatches RetriableHeaders { get; init; } = HeaderMatches.None;

    /// <summary>Whose formula gives the wait before a retry. Default Envoy's.</summary>
    public BackoffStyle BackoffStyle { get; init; }

    /// <summary>Base interval of the back-off, 1 ms or more. Default 25 ms (Envoy, Istio, Linkerd).</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest interval of the back-off; <c>null</c> is ten times the base (Envoy).</summary>
    public TimeSpan? BackoffMax { get; init; }

    /// <summary>Under <see cref="BackoffStyle.Linkerd"/>: the random part, in units of the interval, 0 or more. Default 1 (Linkerd).</summary>
    public double BackoffJitter { get; init; } = 1;

    /// <summary>Whether an answer's <c>Retry-After</c> takes the place of the back-off. Default false: Envoy does it only where <c>rate_limited_retry_back_off</c> is configured.</summary>
    public bool HonorRetryAfter { get; init; }

    /// <summary>A <c>Retry-After</c> above this is ignored. Default 300 s (Envoy).</summary>
    public TimeSpan RetryAfterMax { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>What retries may cost; <c>null</c> leaves <see cref="LimitsConfig.MaxRetries"/> to cap them. Default none.</summary>
    public RetryBudgetConfig? Budget { get; init; }

    /// <summary>How often a retry picks again when it got an endpoint that was tried already; then it takes it all the same. Default 0; Istio sets 5 (Envoy's <c>host_selection_retry_max_attempts</c> under <c>previous_hosts</c>).</summary>
    public int AvoidTried { get; init; }

    /// <summary>
    /// Retries after which a retry leaves out the priorities that were tried, and from then on each time so many more were made (Envoy's <c>previous_priorities</c> with its
    /// <c>update_frequency</c>; Istio's <c>retryRemoteLocalities</c> sets 1). 0 leaves the priorities as they are. Default 0.
    /// </summary>
    public int PreviousPriorities { get; init; }

    /// <summary>Largest request body, in bytes, that is kept for a retry; a request with more is not retried. Default 64 KiB (Linkerd).</summary>
    public long MaxBodyBytes { get; init; } = 64 * 1024;

    /// <summary>Whether only methods that may be repeated without harm are retried: GET, HEAD, OPTIONS, TRACE, PUT, DELETE (RFC 9110, 9.2.2). Default false, as in Envoy and Linkerd.</summary>
    public bool IdempotentOnly { get; init; }
}

/// <summary>Whose formula gives the wait before a retry.</summary>
public enum BackoffStyle
{
    /// <summary>Uniform below an interval that doubles: full jitter, which may be no wait at all. <c>envoy</c></summary>
    Envoy,

    /// <summary>An interval that doubles, and a random part on top. <c>linkerd</c></summary>
    Linkerd,
}
