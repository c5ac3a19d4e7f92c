using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>
/// Finds cycles of calls that can never end. One visit to a cycle causes, in expectation, the sum of the powers of its matrix of calls; that sum
/// is finite exactly when the matrix's spectral radius is below 1, so feedback with a small enough probability is fine.
/// </summary>
internal static class EndlessCalls
{
    // A cycle that is left once in a million visits is as good as endless.
    private const double Bound = 1 - 1e-6;
    private const int MaxRounds = 5000;

    public static void Run(CallGraph graph, Reading reading)
    {
        foreach (var component in Components.Of(graph))
        {
            if (component.Length == 1 && !graph.Nodes[component[0]].Calls.Exists(call => call.To == component[0])) continue;
            double radius = SpectralRadius(graph, component);
            if (radius < Bound) continue;
            var cycle = HeaviestCycle(graph, component);
            var (place, path) = reading.Sources.At(cycle[0].Call.Step);
            string names = string.Join(" -> ", cycle.Select(one => graph.Nodes[one.From].ToString()).Append(graph.Nodes[cycle[0].From].ToString()));
            reading.Problems.Error(place, path, $"these calls can never end: {names}. Each round causes {Notation.Number(radius)} more; " +
                "give a call of the cycle a 'probability' that brings this below 1, or take the call out.");
        }
    }

    /// <summary>
    /// The largest eigenvalue of the calls inside a strongly connected component, by power iteration. The smallest and the largest growth of an
    /// entry enclose it (Collatz, Wielandt); averaging with the old vector keeps a periodic cycle from swinging for ever.
    /// </summary>
    internal static double SpectralRadius(CallGraph graph, int[] component)
    {
        var local = component.Select((node, i) => (node, i)).ToDictionary(pair => pair.node, pair => pair.i);
        double[] x = [.. component.Select(_ => 1.0)];
        double low = 0, high = double.PositiveInfinity;
        for (int round = 0; round < MaxRounds && high >= Bound && low < Bound; round++)
        {
            double[] grown = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                foreach (var call in graph.Nodes[component[i]].Calls)
                {
                    if (local.TryGetValue(call.To, out int to)) grown[i] += call.Weight * x[to];
                }
            }
            double[] growth = [.. grown.Select((value, i) => value / x[i])];
            (low, high) = (growth.Min(), growth.Max());
            double largest = x.Max();
            for (int i = 0; i < x.Length; i++) x[i] = (x[i] + grown[i]) / (2 * largest);
        }
        return high < Bound ? high : low >= Bound ? low : (low + high) / 2;
    }

    /// <summary>A cycle of the component, found by always following the heaviest call.</summary>
    private static List<(int From, CallGraph.Call Call)> HeaviestCycle(CallGraph graph, int[] component)
    {
        var inside = component.ToHashSet();
        var walk = new List<(int From, CallGraph.Call Call)>();
        var at = new Dictionary<int, int>();
        int node = component.Min();
        while (at.TryAdd(node, walk.Count))
        {
            var heaviest = graph.Nodes[node].Calls.Where(call => inside.Contains(call.To)).MaxBy(call => call.Weight);
            walk.Add((node, heaviest));
            node = heaviest.To;
        }
        return walk[at[node]..];
    }
}
