using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Collects what callees' sidecars see, by service.</summary>
internal sealed class InboundRecorder
{
    private readonly List<Row?> _rows = [];

    public void Ended(int service, in MeshEvent e)
    {
        while (_rows.Count <= service) _rows.Add(null);
        var row = _rows[service] ??= new Row();
        row.Served++;
        if (e.Outcome == 503) row.Rejected++;
        row.Latency.Record(e.Duration);
    }

    /// <summary>A row for every service of the mesh, called or not; the ingress is none.</summary>
    public IReadOnlyList<ServiceStats> ToStats(MeshDirectory directory, string ingress, IReadOnlyList<ServiceUtilisation> utilisation)
    {
        var busy = utilisation.ToDictionary(row => row.Service, row => row.Windows, StringComparer.Ordinal);
        var stats = new List<ServiceStats>();
        for (int id = 0; id < directory.Services.Count; id++)
        {
            string name = directory.Services[id];
            if (name == ingress) continue;
            var row = (id < _rows.Count ? _rows[id] : null) ?? new Row();
            stats.Add(new ServiceStats(name, row.Served, row.Rejected, row.Latency, busy.GetValueOrDefault(name, [])));
        }
        return stats;
    }

    private sealed class Row
    {
        public long Served { get; set; }

        public long Rejected { get; set; }

        public LogHistogram Latency { get; } = new();
    }
}

/// <summary>Collects what callers see of single endpoints.</summary>
internal sealed class EndpointRecorder
{
    private Row[] _rows = [];

    public void Ended(in MeshEvent e)
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
