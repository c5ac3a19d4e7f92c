using Mesh.Simulator;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>What a service is offered at the highest rates.</summary>
/// <param name="Service">The service.</param>
/// <param name="Rate">Requests a second.</param>
/// <param name="Demand">Workers that this keeps busy, on average.</param>
/// <param name="Workers">Workers of all its replicas, at the start.</param>
internal sealed record ServiceLoad(ServiceConfig Service, double Rate, double Demand, int Workers)
{
    /// <summary>Mean work of a request, in seconds; 0 when none comes.</summary>
    public double MeanSeconds => Rate == 0 ? 0 : Demand / Rate;

    public double Utilisation => Workers == 0 ? double.PositiveInfinity : Demand / Workers;

    public double RelaxationSeconds
    {
        get
        {
            double mean = MeanSeconds, root = 1 - Math.Sqrt(Utilisation);
            int workers = Service.Versions.Max(version => version.Workers);
            return Math.Max(mean, mean / (workers * root * root));
        }
    }

    /// <summary>The loads of all services, in the file's order.</summary>
    public static IReadOnlyList<ServiceLoad> OfAll(WorldConfig world, CallGraph graph)
    {
        double[] visits = graph.Visits(world.Workloads.Where(workload => workload.Arrivals != ArrivalProcess.Closed));
        return [.. world.Services.GroupJoin(graph.Nodes.Select((node, i) => (node, visits[i])), service => service.Name, visited => visited.node.Service.Name, Of)];
    }

    private static ServiceLoad Of(ServiceConfig service, IEnumerable<(CallGraph.Node Node, double Rate)> nodes)
    {
        double rate = 0, demand = 0;
        foreach (var (node, visits) in nodes)
        {
            rate += visits;
            if (visits > 0) demand += visits * MeanOf(service, node.Class);
        }
        return new ServiceLoad(service, rate, demand, service.Versions.Sum(version => version.Replicas * version.Workers));
    }

    private static double MeanOf(ServiceConfig service, RequestClassConfig? one)
    {
        if (one?.ServiceTime is { } own) return Distribution.Create(own).Mean;
        int replicas = service.Versions.Sum(version => version.Replicas);
        return replicas == 0 ? 0 : service.Versions.Sum(version => version.Replicas * Distribution.Create(version.ServiceTime).Mean) / replicas;
    }
}
