using Mesh.Reports.Results;

namespace Mesh.Reports.Graphs;

/// <summary>A service, or several that the picture draws as one.</summary>
/// <param name="Name">Its name, or how many services it stands for.</param>
/// <param name="Members">The services it stands for.</param>
/// <param name="Requests">Requests that it was called with.</param>
/// <param name="Failed">Of them, failures.</param>
/// <param name="P99">The 99th percentile that callers saw, in seconds; the worst of its members'. NaN without a request.</param>
internal sealed record GraphNode(string Name, IReadOnlyList<string> Members, long Requests, long Failed, double P99)
{
    public bool IsGroup => Members.Count > 1;

    /// <summary>The share of the requests that failed.</summary>
    public double Failures => Requests == 0 ? 0 : (double)Failed / Requests;
}

/// <summary>Calls from one node to another.</summary>
/// <param name="From">Index of the calling node.</param>
/// <param name="To">Index of the called node.</param>
/// <param name="Requests">Requests.</param>
/// <param name="Failed">Of them, failures.</param>
/// <param name="P99">The worst 99th percentile of the calls, in seconds.</param>
internal sealed record GraphEdge(int From, int To, long Requests, long Failed, double P99)
{
    /// <summary>The share of the requests that failed.</summary>
    public double Failures => Requests == 0 ? 0 : (double)Failed / Requests;
}

/// <summary>Who called whom, small enough to look at.</summary>
/// <param name="Nodes">Nodes; the first is the ingress.</param>
/// <param name="Edges">Edges between different nodes.</param>
/// <param name="Caption">What is shown, and what was drawn together.</param>
internal sealed record ServiceGraph(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges, string Caption)
{
    /// <summary>More nodes than this are drawn together.</summary>
    public const int MostNodes = 40;

    /// <summary>The run's graph, or <c>null</c> when nothing was called.</summary>
    public static ServiceGraph? Of(RunSummary summary)
    {
        if (summary.Edges.Count == 0) return null;
        string ingress = summary.Record.Replications[0].Ingress;
        var calls = new CallGraph(ingress, summary);
        int services = calls.Services.Count - 1;
        if (services < MostNodes) return calls.Draw(name => name, "");

        var alike = calls.Alike();
        if (calls.Services.Select(alike).Distinct().Count() <= MostNodes)
            return calls.Draw(alike, $"{services} services; those that are called by the same services and call the same services are drawn as one.");

        var worst = calls.Worst(MostNodes / 2);
        var depth = calls.Depths();
        return calls.Draw(name => worst.Contains(name) ? name : $"\0{depth[name]:D4}",
            $"{services} services; drawn one by one are the {worst.Count - 1} with the most failures, then the highest p99. The rest is drawn together by its distance from the ingress.");
    }
}
