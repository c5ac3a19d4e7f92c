namespace Mesh.Runtime.Model;

/// <summary>Token buckets of one callee's sidecar, as Envoy's local rate limit.</summary>
public sealed record RateLimitConfig
{
    /// <summary>The bucket for requests that no descriptor matches, and, under <see cref="AlwaysConsumeDefault"/>, for the others too. Default: none.</summary>
    public TokenBucketConfig? Bucket { get; init; }

    /// <summary>Buckets for some of the requests. Default: none.</summary>
    public IReadOnlyList<RateLimitDescriptorConfig> Per { get; init; } = [];

    /// <summary>Whether a request that took a descriptor's token takes one of the default bucket too. Default true (Envoy).</summary>
    public bool AlwaysConsumeDefault { get; init; } = true;

    /// <summary>
    /// Whether the limits are for the service as a whole: each sidecar has its share by the number of endpoints it knows of (Envoy's <c>local_cluster_rate_limit</c>).
    /// Default false: each sidecar has the whole limit.
    /// </summary>
    public bool Shared { get; init; }

    /// <summary>
    /// Whether the limits are for the service as a whole and the control plane counts (Envoy's global rate limit). Where there is none to ask (the virtual world, the mesh in one process) they hold as if
    /// <see cref="Shared"/>. Default false.
    /// </summary>
    public bool Global { get; init; }

    /// <summary>How long a request waits for the control plane's decision. Default 20 ms (Envoy's <c>timeout</c>).</summary>
    public TimeSpan GlobalTimeout { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether a request on which the control plane does not decide in time is refused, with 500. Default false: it goes on (Envoy's <c>failure_mode_deny</c>).</summary>
    public bool FailureModeDeny { get; init; }

    /// <summary>Share of the requests over the limit, 0 to 1, that are refused; the rest go on (Envoy's <c>filter_enforced</c>, there 0 unless set). Default 1.</summary>
    public double Enforced { get; init; } = 1;

    /// <summary>Values that a descriptor with a bucket for each value remembers; beyond, the one longest unused is forgotten. Default 20 (Envoy's <c>max_dynamic_descriptors</c>).</summary>
    public int MaxDynamicDescriptors { get; init; } = 20;
}

/// <summary>A token bucket: full at first, and refilled without steps.</summary>
public sealed record TokenBucketConfig
{
    /// <summary>Tokens a second, above 0; a request takes one.</summary>
    public required double Rate { get; init; }

    /// <summary>Tokens that the bucket holds, 1 or more.</summary>
    public required int Burst { get; init; }
}

/// <summary>
/// Which requests have a bucket of their own. All that is said must match.
/// <c>*</c> as a value matches any, and gives each value a bucket of its own.
/// </summary>
public sealed record RateLimitDescriptorConfig
{
    /// <summary>The path, or <c>*</c>; <c>null</c> matches all.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The name of a route of the service, or <c>*</c>; <c>null</c> matches all. The callee's sidecar looks for itself which route takes the request, as it came: without the calling workload, and after a rewrite of the path.
    /// </summary>
    public string? Route { get; init; }

    /// <summary>The method; <c>null</c> matches all.</summary>
    public string? Method { get; init; }

    /// <summary>The caller, by its SPIFFE identity or by its service account alone, or <c>*</c>; <c>null</c> matches all.</summary>
    public string? Caller { get; init; }

    /// <summary>A header that the request must have, whatever its case; <c>null</c> asks for none.</summary>
    public string? Header { get; init; }

    /// <summary>The header's value, or <c>*</c>. Default <c>*</c>.</summary>
    public string Value { get; init; } = Any;

    /// <summary>The bucket.</summary>
    public required TokenBucketConfig Bucket { get; init; }

    /// <summary>The value that matches any.</summary>
    public const string Any = "*";
}
