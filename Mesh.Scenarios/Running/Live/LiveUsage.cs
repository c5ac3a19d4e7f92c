using Mesh.Reports.Results;

namespace Mesh.Scenarios.Running.Live;

/// <summary>What the replicas' workers did between two looks at them.</summary>
/// <param name="fleet">The replicas.</param>
internal sealed class LiveUsage(LiveFleet fleet)
{
    private Dictionary<string, ReplicaReading> _first = [];

    /// <summary>The first look.</summary>
    public async Task BeginAsync() => _first = (await ReadAsync().ConfigureAwait(false)).ToDictionary(seen => seen.Replica.Endpoint.Name, seen => seen.Reading);

    /// <summary>What they did since the first look; those that came later, since they came.</summary>
    public async Task<IReadOnlyList<ReplicaUsage>> SinceAsync() => [.. (await ReadAsync().ConfigureAwait(false)).Select(seen => Since(seen.Replica, seen.Reading))];

    private async Task<IReadOnlyList<(LiveReplicaHost Replica, ReplicaReading Reading)>> ReadAsync()
    {
        var seen = await Task.WhenAll(fleet.Replicas.Select(async replica => (Replica: replica, Reading: replica.Service is { } service ? await service.ReadAsync().ConfigureAwait(false) : null))).ConfigureAwait(false);
        return [.. seen.Where(one => one.Reading is not null).Select(one => (one.Replica, one.Reading!.Value))];
    }

    private ReplicaUsage Since(LiveReplicaHost replica, ReplicaReading now)
    {
        _first.TryGetValue(replica.Endpoint.Name, out var then);
        if (now.Served < then.Served || now.BusyTicks < then.BusyTicks) then = default;   // it crashed meanwhile, and began anew
        double ticks = Math.Max(1, now.At - then.At);
        return new ReplicaUsage(replica.Endpoint.Service, replica.Endpoint.Name, replica.Endpoint.Zone, now.Workers,
            (now.BusyTicks - then.BusyTicks) / ticks / now.Workers, (now.QueuedTicks - then.QueuedTicks) / ticks, now.PeakQueued, now.Served - then.Served, now.Rejected - then.Rejected);
    }
}
