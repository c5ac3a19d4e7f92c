using Mesh.Reports.Results;

namespace Mesh.Scenarios.Running.Live;

/// <summary>What the replicas' workers did between two looks at them.</summary>
/// <param name="fleet">The replicas.</param>
internal sealed class LiveUsage(LiveFleet fleet)
{
    private readonly Dictionary<string, ReplicaReading> _first = [];

    /// <summary>The first look.</summary>
    public void Begin()
    {
        foreach (var replica in fleet.Replicas)
            if (replica.Service is { } service) _first[service.Name] = service.Read();
    }

    /// <summary>What they did since the first look; those that came later, since they came.</summary>
    public IReadOnlyList<ReplicaUsage> Since() => [.. fleet.Replicas.Where(replica => replica.Service is not null).Select(Since)];

    private ReplicaUsage Since(LiveReplicaHost replica)
    {
        var now = replica.Service!.Read();
        _first.TryGetValue(replica.Service.Name, out var then);
        double ticks = Math.Max(1, now.At - then.At);
        return new ReplicaUsage(replica.Endpoint.Service, replica.Endpoint.Name, replica.Endpoint.Zone, now.Workers,
            (now.BusyTicks - then.BusyTicks) / ticks / now.Workers, (now.QueuedTicks - then.QueuedTicks) / ticks, now.PeakQueued, now.Served - then.Served, now.Rejected - then.Rejected);
    }
}
