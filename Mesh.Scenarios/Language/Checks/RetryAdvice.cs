using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Retries multiply along the depth of a call, and deadlines that cannot fire do nothing.</summary>
internal static class RetryAdvice
{
    // Below this, a worst case is what somebody who asks for retries expects.
    private const double WorthTelling = 9;

    public static void Run(WorldConfig world, CallGraph graph, Reading reading)
    {
        Multiplication(world, graph, reading);
        foreach (var service in world.Services) Deadlines(world, service, reading);
    }

    /// <summary>The path on which one request can become the most attempts, when every attempt at its end fails.</summary>
    private static void Multiplication(WorldConfig world, CallGraph graph, Reading reading)
    {
        double[] worst = new double[graph.Nodes.Count];
        int[] next = new int[graph.Nodes.Count];
        Array.Fill(next, -1);
        // Components come callees first; calls inside a cycle are left out, as they repeat without bound anyway.
        int[] component = new int[graph.Nodes.Count];
        var components = Components.Of(graph);
        for (int i = 0; i < components.Count; i++) Array.ForEach(components[i], node => component[node] = i);
        foreach (int node in components.SelectMany(nodes => nodes))
        {
            worst[node] = AttemptsTo(world, graph, node);
            foreach (var call in graph.Nodes[node].Calls.Where(call => component[call.To] != component[node]))
            {
                double through = AttemptsTo(world, graph, node) * worst[call.To];
                if (through > worst[node]) (worst[node], next[node]) = (through, call.To);
            }
        }
        int start = graph.Reached(world.Workloads, entriesOnly: true).OrderByDescending(node => worst[node]).FirstOrDefault(-1);
        if (start < 0 || worst[start] < WorthTelling || next[start] < 0) return;

        var hops = new List<int>();
        for (int node = start; node >= 0; node = next[node]) hops.Add(node);
        string product = string.Join(" x ", hops.Select(node => Notation.Number(AttemptsTo(world, graph, node))));
        string names = string.Join(" -> ", hops.Select(node => graph.Nodes[node].Service.Name));
        var (place, path) = reading.Sources.At(world.Mesh);
        reading.Problems.Warn(place, path, $"retries multiply along the calls: when '{graph.Nodes[hops[^1]].Service.Name}' fails, one request can become {product} = {Notation.Number(worst[start])} " +
            $"attempts there ({names}). Retry at one level only, next to what fails.");
    }

    private static double AttemptsTo(WorldConfig world, CallGraph graph, int node) => 1 + (world.Mesh.PolicyFor(graph.Nodes[node].Service.Name).Retries?.Attempts ?? 0);

    private static void Deadlines(WorldConfig world, ServiceConfig service, Reading reading)
    {
        var policy = world.Mesh.PolicyFor(service.Name);
        if (policy.Timeout is not { Ticks: > 0 } total || policy.PerTryTimeout is not { Ticks: > 0 } each || each < total) return;
        bool own = world.Mesh.Services.TryGetValue(service.Name, out var layer) && layer.PerTryTimeout is not null;
        var (place, path) = reading.Sources.At(own ? layer! : world.Mesh.Defaults, "perTryTimeout");
        reading.Problems.Warn(place, path, $"calls to '{service.Name}' time out after {TimeChecks.Text(total)} in all, so that the perTryTimeout of {TimeChecks.Text(each)} never ends an attempt first, " +
            "and no time is left for a retry. Make it shorter than the timeout.");
    }
}
