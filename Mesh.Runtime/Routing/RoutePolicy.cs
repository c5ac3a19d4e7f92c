using Mesh.Runtime.Model;

namespace Mesh.Runtime.Routing;

/// <summary>Policy of the requests of one route, with every default resolved. A request keeps the one it began with.</summary>
internal sealed class RoutePolicy
{
    /// <summary>Total time in ticks; 0 is no limit.</summary>
    public long Timeout { get; init; }

    /// <summary>Time of an attempt until its headers, in ticks; 0 is no limit.</summary>
    public long PerTryTimeout { get; init; }

    /// <summary>Longest silence within a body, in ticks; 0 is no limit.</summary>
    public long IdleTimeout { get; init; }

    /// <summary>Whether the caller's own deadline counts too.</summary>
    public bool DeadlinePropagation { get; init; }

    /// <summary>Retries, or <c>null</c> for none.</summary>
    public RetryConfig? Retries { get; init; }

    /// <summary>Hedging, or <c>null</c> for none.</summary>
    public HedgeConfig? Hedge { get; init; }

    /// <summary>The policy that <paramref name="config"/> means.</summary>
    public static RoutePolicy From(PolicyConfig config) => new()
    {
        Timeout = config.Timeout?.Ticks ?? 0,
        PerTryTimeout = config.PerTryTimeout?.Ticks ?? 0,
        IdleTimeout = config.IdleTimeout?.Ticks ?? 0,
        DeadlinePropagation = config.DeadlinePropagation ?? false,
        Retries = config.Retries is { Attempts: > 0, On: not RetryOn.None } retries ? retries : null,
        Hedge = config.Hedge,
    };
}
