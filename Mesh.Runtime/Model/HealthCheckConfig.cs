namespace Mesh.Runtime.Model;

/// <summary>
/// Active health checks: each proxy asks each endpoint of the service in turn whether it is well. The rules are Envoy's
/// (<c>envoy.config.core.v3.HealthCheck</c>). Envoy has no defaults for interval, time-out and thresholds; those here are ours.
/// </summary>
public sealed record HealthCheckConfig
{
    /// <summary>The path that is asked for. Default <c>/healthz</c>.</summary>
    public string Path { get; init; } = "/healthz";

    /// <summary>From a check's result to the next check. Above 0. Default 5 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a check waits for its answer. Above 0. Default 1 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks without an answer in a row that make a healthy endpoint unhealthy; an answer that is not a 200 does so at once. 1 or more. Default 3.</summary>
    public int UnhealthyThreshold { get; init; } = 3;

    /// <summary>Checks passed in a row that make an unhealthy endpoint healthy; the first check of all needs only itself. 1 or more. Default 2.</summary>
    public int HealthyThreshold { get; init; } = 2;

    /// <summary>The first check is made after a drawn time below this, in whole milliseconds. Default 0: at once.</summary>
    public TimeSpan InitialJitter { get; init; }

    /// <summary>A drawn time below this is added to each interval, in whole milliseconds. Default 0.</summary>
    public TimeSpan IntervalJitter { get; init; }

    /// <summary>A drawn share below this of the interval is added to it, 0 to 1. Default 0.</summary>
    public double IntervalJitterPercent { get; init; }

    /// <summary>The interval of a proxy that has never sent the service a request. Default 60 s (Envoy).</summary>
    public TimeSpan NoTrafficInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same for an endpoint that is healthy. Default: <see cref="NoTrafficInterval"/>.</summary>
    public TimeSpan? NoTrafficHealthyInterval { get; init; }

    /// <summary>The interval after a failed check of an unhealthy endpoint. Default: <see cref="Interval"/>.</summary>
    public TimeSpan? UnhealthyInterval { get; init; }

    /// <summary>The interval after a failed check that leaves an endpoint healthy still. Default: <see cref="UnhealthyInterval"/>.</summary>
    public TimeSpan? UnhealthyEdgeInterval { get; init; }

    /// <summary>The interval after a passed check that leaves an endpoint unhealthy still. Default: <see cref="Interval"/>.</summary>
    public TimeSpan? HealthyEdgeInterval { get; init; }
}
