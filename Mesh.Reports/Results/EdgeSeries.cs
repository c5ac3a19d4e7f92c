namespace Mesh.Reports.Results;

/// <summary>Some traffic window by window, its edges merged; what entered the mesh, where nothing else is said. Windows in which nothing ended are missing.</summary>
public sealed class EdgeSeries
{
    private readonly SortedDictionary<int, SeriesPoint> _points = [];

    /// <summary>The windows of one replication, ascending.</summary>
    public IReadOnlyCollection<SeriesPoint> Points => _points.Values;

    /// <summary>The window's point, or <c>null</c>.</summary>
    public SeriesPoint? At(int window) => _points.GetValueOrDefault(window);

    /// <summary>Merges a replication's edges that <paramref name="filter"/> selects; its phase is ignored.</summary>
    public static EdgeSeries Of(ReplicationRecord replication, EdgeFilter? filter = null)
    {
        filter ??= EdgeFilter.Entering;
        var series = new EdgeSeries();
        foreach (var window in replication.Edges.Where(edge => filter.Matches(edge, replication.Ingress)).SelectMany(edge => edge.Windows))
        {
            if (!series._points.TryGetValue(window.Index, out var point)) series._points.Add(window.Index, point = new SeriesPoint(window.Index, new LogHistogram()));
            point.Requests += window.Requests;
            point.Succeeded += window.Succeeded;
            point.Attempts += window.Attempts;
            point.Latency.Add(window.Latency());
        }
        return series;
    }
}

/// <summary>One time window.</summary>
/// <param name="index">Its number.</param>
/// <param name="latency">The latencies of the requests that ended in it.</param>
public sealed class SeriesPoint(int index, LogHistogram latency)
{
    /// <summary>Its number from the beginning of the run.</summary>
    public int Index => index;

    /// <summary>Requests that ended in it.</summary>
    public long Requests { get; internal set; }

    /// <summary>Of them, successes.</summary>
    public long Succeeded { get; internal set; }

    /// <summary>Attempts that ended in it.</summary>
    public long Attempts { get; internal set; }

    /// <summary>The latencies of the requests, in ticks.</summary>
    public LogHistogram Latency => latency;
}
