namespace Mesh.Reports.Results;

/// <summary>What entered the mesh, window by window: the ingress edges merged. Windows in which nothing ended are missing.</summary>
public sealed class EnteringSeries
{
    private readonly SortedDictionary<int, SeriesPoint> _points = [];

    /// <summary>The windows of one replication, ascending.</summary>
    public IReadOnlyCollection<SeriesPoint> Points => _points.Values;

    /// <summary>The window's point, or <c>null</c>.</summary>
    public SeriesPoint? At(int window) => _points.GetValueOrDefault(window);

    /// <summary>Merges a replication's ingress edges.</summary>
    public static EnteringSeries Of(ReplicationRecord replication)
    {
        var series = new EnteringSeries();
        foreach (var window in replication.Edges.Where(edge => edge.From == replication.Ingress).SelectMany(edge => edge.Windows))
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
