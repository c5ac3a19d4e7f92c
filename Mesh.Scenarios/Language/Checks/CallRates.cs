using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>
/// How often each proxy calls each service, for what the workloads ask at their highest rates; retries and failures apart.
/// Callers in a closed loop set no rate: what they reach is not known here.
/// </summary>
internal sealed class CallRates
{
    private readonly Dictionary<(string Caller, string Callee), double> _rates = [];
    private readonly Dictionary<string, int> _proxies = [];
    private readonly HashSet<string> _unknown;

    public CallRates(WorldConfig world, CallGraph graph)
    {
        _proxies[NameChecks.Ingress] = 1;
        foreach (var service in world.Services) _proxies[service.Name] = Math.Max(1, service.Versions.Sum(version => version.Replicas));

        var closed = world.Workloads.Where(workload => workload.Arrivals == ArrivalProcess.Closed);
        _unknown = [.. graph.Reached(closed).Select(node => graph.Nodes[node].Service.Name)];

        double[] visits = graph.Visits(world.Workloads.Where(workload => workload.Arrivals != ArrivalProcess.Closed));
        double[] entering = [.. visits];
        for (int i = 0; i < visits.Length; i++)
        {
            foreach (var call in graph.Nodes[i].Calls)
            {
                double rate = visits[i] * call.Weight;
                entering[call.To] -= rate;
                Add(graph.Nodes[i].Service.Name, graph.Nodes[call.To].Service.Name, rate);
            }
        }
        for (int i = 0; i < entering.Length; i++)
        {
            if (entering[i] > 1e-6) Add(NameChecks.Ingress, graph.Nodes[i].Service.Name, entering[i]);
        }
    }

    /// <summary>The proxy that calls a service most often; <c>null</c> when none does, or when how often is not known.</summary>
    public BusiestProxy? BusiestTo(string service)
    {
        if (_unknown.Contains(service)) return null;
        BusiestProxy? busiest = null;
        foreach (var ((caller, callee), rate) in _rates)
        {
            if (callee == service && rate / _proxies[caller] > (busiest?.Rate ?? 0)) busiest = new BusiestProxy(caller, _proxies[caller], rate / _proxies[caller]);
        }
        return busiest;
    }

    private void Add(string caller, string callee, double rate) =>
        _rates[(caller, callee)] = _rates.GetValueOrDefault((caller, callee)) + rate;
}

/// <summary>One of the proxies that call a service most often.</summary>
/// <param name="Caller">Whose proxy it is.</param>
/// <param name="Proxies">How many such proxies there are.</param>
/// <param name="Rate">Calls a second of each.</param>
internal sealed record BusiestProxy(string Caller, int Proxies, double Rate)
{
    public override string ToString() => Proxies == 1 ? $"that of '{Caller}'" : $"one of the {Proxies} of '{Caller}'";
}
