using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>
/// Who calls whom, how often. A node is one path of one service (or a service as a whole, where it answers every path alike);
/// an edge's weight is the expected number of calls for one visit, retries and failures apart.
/// </summary>
internal sealed class CallGraph
{
    private readonly Dictionary<(string Service, string Path), int> _index = [];
    private readonly List<Node> _nodes = [];

    private CallGraph() { }

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The graph of all services; calls to what is not declared are left out.</summary>
    public static CallGraph Of(WorldConfig world)
    {
        var graph = new CallGraph();
        foreach (var service in world.Services)
        {
            if (service.Classes.Count == 0) graph.Add(service, null);
            foreach (var one in service.Classes) graph.Add(service, one);
        }
        foreach (var node in graph._nodes)
        {
            foreach (var step in node.Class?.Script ?? []) graph.AddCalls(node, step, 1);
        }
        return graph;
    }

    /// <summary>The node that answers a path of a service, or -1.</summary>
    public int Find(string service, string path) =>
        _index.TryGetValue((service, path), out int node) || _index.TryGetValue((service, ""), out node) ? node : -1;

    /// <summary>Expected visits per second to every node, for what the workloads ask at their highest rates. Cycles must have passed <see cref="EndlessCalls"/>.</summary>
    public double[] Visits(IEnumerable<WorkloadConfig> workloads)
    {
        double[] visits = new double[_nodes.Count];
        double[] fresh = new double[_nodes.Count];
        foreach (var workload in workloads) AddEntries(workload, fresh);
        // What arrived is passed on round by round; on a graph without cycles this ends after its depth, else when what is left is negligible.
        for (int round = 0; round < 10_000 && fresh.Any(rate => rate > 1e-6); round++)
        {
            double[] next = new double[_nodes.Count];
            for (int i = 0; i < fresh.Length; i++)
            {
                visits[i] += fresh[i];
                if (fresh[i] > 0) _nodes[i].Calls.ForEach(call => next[call.To] += fresh[i] * call.Weight);
            }
            fresh = next;
        }
        return visits;
    }

    /// <summary>The nodes that the workloads call, and unless <paramref name="entriesOnly"/> all that these call in turn.</summary>
    /// <param name="workloads">The workloads.</param>
    /// <param name="entriesOnly">Whether what is called in turn is left out.</param>
    /// <param name="copiedTo">Services that get copies of requests, whatever their path.</param>
    public IReadOnlyCollection<int> Reached(IEnumerable<WorkloadConfig> workloads, bool entriesOnly = false, IReadOnlyCollection<string>? copiedTo = null)
    {
        var entries = workloads.SelectMany(workload => workload.Mix.Select(mix => Find(workload.To, mix.Path))).Where(node => node >= 0);
        if (copiedTo is not null) entries = entries.Concat(Enumerable.Range(0, _nodes.Count).Where(node => copiedTo.Contains(_nodes[node].Service.Name)));
        var open = new Queue<int>(entries.Distinct());
        var reached = new SortedSet<int>(open);
        while (!entriesOnly && open.TryDequeue(out int node))
        {
            foreach (var call in _nodes[node].Calls)
            {
                if (reached.Add(call.To)) open.Enqueue(call.To);
            }
        }
        return reached;
    }

    private void AddEntries(WorkloadConfig workload, double[] rates)
    {
        double rate = workload.Stages.Select(stage => Math.Max(stage.Rate, stage.RampTo ?? 0)).DefaultIfEmpty(0).Max();
        double weights = workload.Mix.Sum(mix => mix.Weight);
        foreach (var mix in workload.Mix)
        {
            int node = Find(workload.To, mix.Path);
            if (node >= 0) rates[node] += rate * mix.Weight / weights;
        }
    }

    private void Add(ServiceConfig service, RequestClassConfig? one)
    {
        _index[(service.Name, one?.Path ?? "")] = _nodes.Count;
        _nodes.Add(new Node(service, one));
    }

    private void AddCalls(Node from, StepConfig step, double weight)
    {
        switch (step)
        {
            case CallStep call when weight * call.Probability > 0:
                int to = Find(call.To, call.Path);
                if (to >= 0) from.Calls.Add(new Call(to, weight * call.Probability, call));
                break;
            case ParallelStep parallel:
                foreach (var branch in parallel.Branches) AddCalls(from, branch, weight);
                break;
            case OneOfStep choice:
                double total = choice.Branches.Sum(branch => branch.Weight);
                foreach (var (share, branch) in choice.Branches) AddCalls(from, branch, weight * share / total);
                break;
            default:
                break;
        }
    }

    /// <summary>A path of a service, or a service as a whole.</summary>
    public sealed record Node(ServiceConfig Service, RequestClassConfig? Class)
    {
        public List<Call> Calls { get; } = [];

        public override string ToString() => Service.Name + (Class?.Path ?? "");
    }

    /// <summary>A call of a script.</summary>
    /// <param name="To">The called node.</param>
    /// <param name="Weight">Expected calls for one visit.</param>
    /// <param name="Step">The step.</param>
    public readonly record struct Call(int To, double Weight, CallStep Step);
}
