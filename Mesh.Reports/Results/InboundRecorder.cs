using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Collects what the sidecars of one service see of the requests that reach it.</summary>
internal sealed class InboundRecorder(TimeSlices slices) : EventCell
{
    private const ResponseFlags InPlaceOfIt = ResponseFlags.UC | ResponseFlags.UR | ResponseFlags.FI;   // a crash, a fault
    private long _served;
    private long _rejected;
    private readonly LogHistogram _latency = new();

    public override void Take(in PendingEvent e)
    {
        if (slices.Find(e.At - e.Duration) < 0) return;
        _served++;
        if (e.Outcome == 503 && (e.Flags & InPlaceOfIt) == 0) _rejected++;
        _latency.Record(e.Duration);
    }

    public ServiceStats ToStats(string name, IReadOnlyList<double> utilisation) => new(name, _served, _rejected, _latency, utilisation);
}

/// <summary>Collects what callers see of single endpoints.</summary>
internal sealed class EndpointRecorder
{
    private Row[] _rows = [];

    public void Ended(in PendingEvent e)
    {
        if (e.Endpoint >= _rows.Length) Array.Resize(ref _rows, Math.Max(e.Endpoint + 1, _rows.Length * 2));
        ref var row = ref _rows[e.Endpoint];
        row.Attempts++;
        if (!Success.Is(e.Outcome)) row.Failed++;
        row.Ticks += e.Duration;
    }

    public IReadOnlyList<EndpointStats> ToStats(MeshDirectory directory)
    {
        var stats = new List<EndpointStats>(directory.Endpoints.Count);
        foreach (var endpoint in directory.Endpoints)
        {
            var row = endpoint.Id < _rows.Length ? _rows[endpoint.Id] : default;
            double mean = row.Attempts == 0 ? 0 : row.Ticks / (double)row.Attempts / TimeSpan.TicksPerSecond;
            stats.Add(new EndpointStats(endpoint.Service, endpoint.Name, endpoint.Version, endpoint.Zone, row.Attempts, row.Failed, mean));
        }
        return stats;
    }

    private struct Row
    {
        public long Attempts;
        public long Failed;
        public long Ticks;
    }
}
