using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Retries multiply along the depth of a call.</summary>
internal sealed class RetryAdvice
{
    // Below this, a worst case is what somebody who asks for retries expects.
    private const double WorthTelling = 9;

    private readonly Advisor _advisor;
    private readonly double[] _worst;
    private readonly int[] _next;

    private RetryAdvice(Advisor advisor)
    {
        _advisor = advisor;
        _worst = new double[advisor.Graph.Nodes.Count];
        _next = new int[advisor.Graph.Nodes.Count];
        FindWorst();
    }

    public static void Run(Advisor advisor)
    {
        var advice = new RetryAdvice(advisor);
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (int start in advisor.Graph.Reached(advisor.World.Workloads, entriesOnly: true)) advice.Multiplication(start, told);
    }

    /// <summary>For every node the path on which one request to it can become the most attempts, when every attempt at the path's end fails.</summary>
    private void FindWorst()
    {
        var graph = _advisor.Graph;
        Array.Fill(_next, -1);
        // Components come callees first; calls inside a cycle are left out, as they repeat without bound anyway.
        int[] component = new int[graph.Nodes.Count];
        var components = Components.Of(graph);
        for (int i = 0; i < components.Count; i++) Array.ForEach(components[i], node => component[node] = i);
        foreach (int node in components.SelectMany(nodes => nodes))
        {
            _worst[node] = AttemptsTo(node);
            foreach (var call in graph.Nodes[node].Calls.Where(call => component[call.To] != component[node]))
            {
                double through = AttemptsTo(node) * _worst[call.To];
                if (through > _worst[node]) (_worst[node], _next[node]) = (through, call.To);
            }
        }
    }

    /// <summary>Tells of the worst path from an entry; one way through the same services is told once.</summary>
    private void Multiplication(int start, HashSet<string> told)
    {
        if (_worst[start] < WorthTelling || _next[start] < 0) return;
        var hops = new List<int>();
        for (int node = start; node >= 0; node = _next[node]) hops.Add(node);
        var nodes = _advisor.Graph.Nodes;
        string product = string.Join(" x ", hops.Select(node => Notation.Number(AttemptsTo(node))));
        string names = string.Join(" -> ", hops.Select(node => nodes[node].Service.Name));
        if (!told.Add(names)) return;
        _advisor.Warn(_advisor.World.Mesh, null, $"retries multiply along the calls: when '{nodes[hops[^1]].Service.Name}' fails, one request to {nodes[start]} can become {product} = {Notation.Number(_worst[start])} " +
            $"attempts there ({names}). Retry at one level only, next to what fails, or give every level a budget.");
    }

    /// <summary>The most that calls to a node are multiplied by: a budget bounds what all of them together become.</summary>
    private double AttemptsTo(int node) =>
        _advisor.World.Mesh.PolicyFor(_advisor.Graph.Nodes[node].Service.Name).Retries switch
        {
            null => 1,
            { Budget: ConcurrentBudgetConfig budget } retries => 1 + Math.Min(retries.Attempts, budget.Percent),
            { Budget: WindowedBudgetConfig budget } retries => 1 + Math.Min(retries.Attempts, budget.Ratio),
            { } retries => 1 + retries.Attempts,
        };
}
