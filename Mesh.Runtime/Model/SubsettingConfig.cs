namespace Mesh.Runtime.Model;

/// <summary>Each proxy uses only some of a service's endpoints, so that connections do not grow as callers times endpoints.</summary>
public sealed record SubsettingConfig
{
    /// <summary>Endpoints that a proxy uses at least, 1 or more; with fewer there are, it uses all.</summary>
    public required int Size { get; init; }

    /// <summary>How the endpoints are dealt out to the proxies. Default <see cref="SubsettingAlgorithm.Shuffle"/>.</summary>
    public SubsettingAlgorithm Algorithm { get; init; } = SubsettingAlgorithm.Shuffle;
}

/// <summary>The ways in which proxies divide a service's endpoints among them.</summary>
public enum SubsettingAlgorithm
{
    /// <summary>
    /// Google's deterministic subsetting ("Site Reliability Engineering", chapter 20): proxies in rounds, each round one shuffle cut into pieces. <c>shuffle</c>
    /// </summary>
    Shuffle,

    /// <summary>
    /// Twitter's deterministic aperture (Finagle): proxies and endpoints on a ring, where each proxy covers an arc and takes an endpoint by the part of it that it covers. <c>ring</c>
    /// </summary>
    Ring,
}
