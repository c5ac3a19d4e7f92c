namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>The rules by which observations become a service's endpoints. <c>docs/control-plane/discovery.md</c> gives the reasons.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>How long after its source was last known to be right a service is marked stale. Default 30 s.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long after that moment what the source said is given up. Default 24 h; <see cref="Timeout.InfiniteTimeSpan"/> never.</summary>
    public TimeSpan ExpireAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a service keeps its last endpoints when its sources know of none any more. Default 30 s.</summary>
    public TimeSpan EmptyAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The share of its endpoints, 0 to 1, that an answer given with an error may lack and still be taken as it is; if more are missing, they are kept. Default 0.2.</summary>
    public double MaxLossOnError { get; init; } = 0.2;

    /// <summary>How often an endpoint may leave within <see cref="FlapWindow"/> before it is held back when it returns. Default 3.</summary>
    public int MaxFlaps { get; init; } = 3;

    /// <summary>The window of <see cref="MaxFlaps"/>. Default 60 s.</summary>
    public TimeSpan FlapWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an endpoint is held back the first time; each further time doubles it. Default 10 s.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest hold. An endpoint that has not left for this long and a window has no past. Default 5 min.</summary>
    public TimeSpan MaxHoldTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The largest share of a service's endpoints, 0 to 1, that is held back at once; above it those whose hold ends soonest are let through. Default 0.5.</summary>
    public double MaxHeldShare { get; init; } = 0.5;

    /// <summary>Sources by precedence: where two know the same address, the first one's weight, zone, version, labels and readiness count, as far as it knows them. Others follow by name.</summary>
    public IReadOnlyList<string> Precedence { get; init; } = [];

    /// <summary>Most services. Default 10,000; further ones are refused.</summary>
    public int MaxServices { get; init; } = 10_000;

    /// <summary>Most endpoints of one service that a source may report. Default 20,000; of a longer list the first are taken.</summary>
    public int MaxEndpoints { get; init; } = 20_000;
}
