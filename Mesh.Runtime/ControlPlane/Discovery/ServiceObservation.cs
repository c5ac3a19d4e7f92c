using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>What one source says about one service at one moment: all of its endpoints, not a change.</summary>
public sealed record ServiceObservation
{
    /// <summary>The provider's <see cref="IDiscoveryProvider.Source"/>.</summary>
    public required string Source { get; init; }

    /// <summary>The service, by its name in the mesh.</summary>
    public required string Service { get; init; }

    /// <summary>Its endpoints, each address once; none where the source knows of none.</summary>
    public required IReadOnlyList<ObservedEndpoint> Endpoints { get; init; }

    /// <summary>When the source said so, in ticks.</summary>
    public required long TakenAt { get; init; }

    /// <summary>The source's own word for this state (etcd's revision, Kubernetes' resource version, a file's hash), for people; empty where it has none.</summary>
    public string Revision { get; init; } = "";

    /// <summary>
    /// How long it stands. <c>null</c>: as long as the provider is <see cref="ProviderState.Synced"/>, which would have said otherwise. A time: a time to live, after which it
    /// wants a newer answer. <see cref="Timeout.InfiniteTimeSpan"/>: it does not age, like what a person wrote into a file.
    /// </summary>
    public TimeSpan? ValidFor { get; init; }

    /// <summary>What went wrong while the source was asked, so that endpoints may be missing; <c>null</c> where nothing did. With an error and no endpoints it is a failed question.</summary>
    public string? Error { get; init; }

    /// <summary>What people should know of the source, though the answer is complete: an entry that cannot be read. <c>null</c> where there is nothing.</summary>
    public string? Warning { get; init; }
}

/// <summary>An endpoint as a source describes it.</summary>
public sealed record ObservedEndpoint
{
    /// <summary>Where it listens.</summary>
    public required EndpointAddress Address { get; init; }

    /// <summary>The source's name for it, such as a pod's; empty where it has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its share of requests, 1 to 128. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>The zone that it stands in; empty where the source does not know.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The version that it runs; empty where the source does not know.</summary>
    public string Version { get; init; } = "";

    /// <summary>Its SPIFFE identity; empty where the source does not know.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Whether it may have requests. Default <see cref="EndpointReadiness.Unknown"/>.</summary>
    public EndpointReadiness Readiness { get; init; }

    /// <summary>Its labels, ordered by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
}

/// <summary>Whether an endpoint may have requests, as far as its source knows. Where two sources differ, the first that knows counts.</summary>
public enum EndpointReadiness
{
    /// <summary>The source does not say (DNS): it counts as ready.</summary>
    Unknown,
    /// <summary>It may.</summary>
    Ready,
    /// <summary>It is going, but still answers: used only where no other is left, as by kube-proxy.</summary>
    Draining,
    /// <summary>It may not.</summary>
    NotReady,
}
