namespace Mesh.Runtime.Model;

/// <summary>
/// Active health checks: each proxy asks each endpoint of the service in turn whether it is well. The rules are Envoy's
/// (<c>envoy.config.core.v3.HealthCheck</c>). Envoy has no defaults for interval, time-out and thresholds; those here are ours.
/// </summary>
public sealed record HealthCheckConfig
{
    /// <summary>How an endpoint is asked. Default <see cref="HealthCheckProtocol.Http"/>.</summary>
    public HealthCheckProtocol Protocol { get; init; } = HealthCheckProtocol.Http;

    /// <summary>Under HTTP: the path that is asked for. Default <c>/healthz</c>.</summary>
    public string Path { get; init; } = "/healthz";

    /// <summary>Under HTTP: the statuses that pass. Default 200 alone (Envoy).</summary>
    public ValueList<StatusRange> ExpectedStatuses { get; init; } = [200];

    /// <summary>Under gRPC: the service that is asked about (<c>grpc.health.v1.HealthCheckRequest.service</c>). Default: empty, the server as a whole.</summary>
    public string Service { get; init; } = "";

    /// <summary>Under TCP: what is sent once the connection is open, as UTF-8. Default: nothing, and an open connection passes.</summary>
    public string Send { get; init; } = "";

    /// <summary>Under TCP: what has to come back, somewhere in the answer, as UTF-8. Default: nothing.</summary>
    public string Receive { get; init; } = "";

    /// <summary>
    /// Virtual world: whether a check waits for a worker of the replica and takes one for the path's work, as a request does; a full queue and an error then fail it.
    /// Default false: it is answered beside the work.
    /// </summary>
    public bool UsesWorkers { get; init; }

    /// <summary>From a check's result to the next check. Above 0. Default 5 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a check waits for its answer. Above 0. Default 1 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks without an answer in a row that make a healthy endpoint unhealthy; an answer that does not pass does so at once. 1 or more. Default 3.</summary>
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

    /// <summary>Whether an HTTP status passes.</summary>
    public bool Expects(int status)
    {
        for (int i = 0; i < ExpectedStatuses.Count; i++)
            if (ExpectedStatuses[i].Contains(status)) return true;
        return false;
    }
}

/// <summary>How active health checks ask.</summary>
public enum HealthCheckProtocol
{
    /// <summary>GET of a path. <c>http</c></summary>
    Http,

    /// <summary>gRPC's health protocol (<c>grpc.health.v1.Health/Check</c>). <c>grpc</c></summary>
    Grpc,

    /// <summary>A connection, and bytes over it. <c>tcp</c></summary>
    Tcp,
}
