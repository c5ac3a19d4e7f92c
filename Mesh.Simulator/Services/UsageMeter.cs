using Mesh.Simulator.Time;

namespace Mesh.Simulator.Services;

/// <summary>What a replica's workers did over a measurement.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Replica">Its name.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Workers">Its workers.</param>
/// <param name="BusyFraction">Share of worker time that was held, 0 to 1.</param>
/// <param name="MeanQueue">Requests that waited, on average over time.</param>
/// <param name="PeakQueue">The most that waited at once.</param>
/// <param name="Served">Requests whose work was done.</param>
/// <param name="Rejected">Requests turned away.</param>
public sealed record ReplicaLoad(
    string Service, string Replica, string Zone, int Workers, double BusyFraction, double MeanQueue, int PeakQueue, long Served, long Rejected);

/// <summary>Reads the stations' integrals at the beginning and at the end of a measurement.</summary>
internal sealed class UsageMeter
{
    private readonly List<VirtualReplica> _replicas;
    private readonly List<Reading> _first = [];
    private readonly List<Reading> _last = [];
    private readonly long _from;

    public UsageMeter(EventLoop loop, List<VirtualReplica> replicas, long from, long to)
    {
        _replicas = replicas;
        _from = from;
        loop.Schedule(new Mark(this, _first, reset: true), from);
        loop.Schedule(new Mark(this, _last, reset: false), to);
    }

    private readonly record struct Reading(long At, double Busy, double Queued, long Served, long Rejected, int Peak);

    /// <summary>Loads over the measurement, or over what there was of it when the run was stopped.</summary>
    public IReadOnlyList<ReplicaLoad> Loads(long now)
    {
        if (_last.Count == 0) Read(_last, now, reset: false);
        return [.. _last.Select((last, i) => Load(_replicas[i], i < _first.Count ? _first[i] : new Reading(_from, 0, 0, 0, 0, 0), last))];
    }

    private static ReplicaLoad Load(VirtualReplica replica, Reading first, Reading last)
    {
        var (endpoint, station) = (replica.Endpoint, replica.Replica.Station);
        double elapsed = Math.Max(1, last.At - first.At);
        return new ReplicaLoad(endpoint.Service, endpoint.Name, endpoint.Zone, station.Workers,
            (last.Busy - first.Busy) / elapsed / station.Workers, (last.Queued - first.Queued) / elapsed, last.Peak,
            last.Served - first.Served, last.Rejected - first.Rejected);
    }

    private void Read(List<Reading> readings, long now, bool reset)
    {
        foreach (var replica in _replicas)
        {
            var station = replica.Replica.Station;
            station.Observe(now);
            readings.Add(new Reading(now, station.BusyTicks, station.QueuedTicks, station.Served, station.Rejected, station.PeakQueued));
            if (reset) station.ResetPeak();
        }
    }

    private sealed class Mark(UsageMeter meter, List<Reading> readings, bool reset) : SimEvent
    {
        protected internal override void Fire() => meter.Read(readings, Due, reset);
    }
}
