using Mesh.Reports.Results;

namespace Mesh.Reports.Graphs;

/// <summary>Who calls whom, service by service, and ways to draw several as one.</summary>
internal sealed class CallGraph
{
    private readonly string _ingress;
    private readonly Dictionary<string, ServiceRow> _rows;
    private readonly List<EdgeRow> _edges;

    public CallGraph(string ingress, RunSummary summary)
    {
        _ingress = ingress;
        _edges = [.. summary.Edges];
        _rows = summary.Services.ToDictionary(row => row.Name, StringComparer.Ordinal);
        var names = summary.Services.Select(row => row.Name).Union(_edges.SelectMany(edge => new[] { edge.From, edge.To })).Where(name => name != ingress);
        Services = [ingress, .. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Every service, the ingress first, then by name.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>Groups of services with the same callers and the same callees.</summary>
    public Func<string, string> Alike()
    {
        var callers = _edges.ToLookup(edge => edge.To, edge => edge.From, StringComparer.Ordinal);
        var callees = _edges.ToLookup(edge => edge.From, edge => edge.To, StringComparer.Ordinal);
        return name => name == _ingress ? name : $"{Names(callers[name])}\u0001{Names(callees[name])}";

        static string Names(IEnumerable<string> names) => string.Join('\u0002', names.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>The ingress and the <paramref name="count"/> services that hurt most.</summary>
    public IReadOnlySet<string> Worst(int count) => _rows.Values
        .OrderByDescending(row => row.Traffic.Failed).ThenByDescending(row => double.IsFinite(row.Traffic.Latency.P99) ? row.Traffic.Latency.P99 : -1)
        .ThenBy(row => row.Name, StringComparer.Ordinal).Take(count).Select(row => row.Name).Append(_ingress).ToHashSet(StringComparer.Ordinal);

    /// <summary>Each service's distance from the ingress in calls; one more than the greatest where no call leads.</summary>
    public IReadOnlyDictionary<string, int> Depths()
    {
        var callees = _edges.ToLookup(edge => edge.From, edge => edge.To, StringComparer.Ordinal);
        var depths = new Dictionary<string, int>(StringComparer.Ordinal) { [_ingress] = 0 };
        var queue = new Queue<string>([_ingress]);
        while (queue.TryDequeue(out string? name))
            foreach (string next in callees[name])
                if (depths.TryAdd(next, depths[name] + 1)) queue.Enqueue(next);
        int beyond = depths.Values.Max() + 1;
        foreach (string name in Services) depths.TryAdd(name, beyond);
        return depths;
    }

    /// <summary>The picture in which services with the same key are one node.</summary>
    public ServiceGraph Draw(Func<string, string> key, string caption)
    {
        var groups = Services.GroupBy(key, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        var index = groups.SelectMany((group, i) => group.Select(name => (name, i))).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
        var edges = _edges.Select(edge => (From: index[edge.From], To: index[edge.To], edge.Traffic)).Where(edge => edge.From != edge.To)
            .GroupBy(edge => (edge.From, edge.To)).OrderBy(group => group.Key)
            .Select(group => new GraphEdge(group.Key.From, group.Key.To, group.Sum(edge => edge.Traffic.Requests), group.Sum(edge => edge.Traffic.Failed), Greatest(group.Select(edge => edge.Traffic))));
        return new ServiceGraph([.. groups.Select(Node)], [.. edges], caption);
    }

    private GraphNode Node(List<string> group)
    {
        var traffic = group.Select(name => _rows.GetValueOrDefault(name)?.Traffic).OfType<TrafficSummary>().ToList();
        string name = group.Count == 1 ? group[0] : $"{group.Count} services";
        return new GraphNode(name, group, traffic.Sum(one => one.Requests), traffic.Sum(one => one.Failed), Greatest(traffic));
    }

    private static double Greatest(IEnumerable<TrafficSummary> traffic) =>
        traffic.Select(one => one.Latency.P99).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max();
}
