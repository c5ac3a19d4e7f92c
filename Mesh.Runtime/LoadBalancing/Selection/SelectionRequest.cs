using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>What an endpoint is picked for.</summary>
internal readonly ref struct SelectionRequest
{
    /// <summary>The time in ticks.</summary>
    public required long Now { get; init; }

    /// <summary>The request's key, under which its priority and zone are drawn.</summary>
    public ulong Key { get; init; }

    /// <summary>The attempt's number, from 0.</summary>
    public int Attempt { get; init; }

    /// <summary>The request's affinity hash, where <see cref="HasHash"/>.</summary>
    public ulong Hash { get; init; }

    /// <summary>Whether the request has what the policy hashes by.</summary>
    public bool HasHash { get; init; }

    /// <summary>The version or named subset that the request goes to; <c>null</c> is the whole service.</summary>
    public string? Subset { get; init; }

    /// <summary>Ids of the endpoints that earlier attempts of the request went to, in their order.</summary>
    public ReadOnlySpan<int> Tried { get; init; }

    /// <summary>How often another endpoint may be picked in place of one already tried; then that one is taken (Envoy's <c>host_selection_retry_max_attempts</c>).</summary>
    public int Repicks { get; init; }

    /// <summary>Retries after which the priorities that were tried are left out (<see cref="RetryConfig.PreviousPriorities"/>); 0 for never.</summary>
    public int PreviousPriorities { get; init; }
}

/// <summary>A pick.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Balancer">Who picked it, and is to be told how the attempt ended.</param>
internal readonly record struct Selection(Endpoint Endpoint, ILoadBalancer Balancer);
