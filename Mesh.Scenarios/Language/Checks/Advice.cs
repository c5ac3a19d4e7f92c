using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Warnings that teach: what runs, but probably not as its author thinks.</summary>
internal static class Advice
{
    public static void Run(WorldConfig world, CallGraph graph, Reading reading)
    {
        UnusedServices(world, graph, reading);
        var advisor = new Advisor(world, graph, reading);
        RetryAdvice.Run(advisor);
        ConditionAdvice.Run(advisor);
        BudgetAdvice.Run(advisor);
        DeadlineAdvice.Run(advisor);
        RepetitionAdvice.Run(advisor);
        HedgeAdvice.Run(advisor);
        BreakerAdvice.Run(advisor);
        EjectionAdvice.Run(advisor);
        BalancerAdvice.Run(advisor);
        FaultAdvice.Run(advisor);
        LimitsAdvice.Run(advisor);
        IdentityAdvice.Run(advisor);
        RouteLimitAdvice.Run(advisor);
        CapacityAdvice.Run(advisor, reading);
    }

    private static void UnusedServices(WorldConfig world, CallGraph graph, Reading reading)
    {
        var nodes = graph.Reached(world.Workloads, copiedTo: [.. RouteChecks.MirrorTargets(world)]);
        var reached = new HashSet<string>(nodes.Select(node => graph.Nodes[node].Service.Name), StringComparer.Ordinal);
        foreach (var service in world.Services)
        {
            if (reached.Contains(service.Name)) continue;
            var (place, path) = reading.Sources.At(service);
            reading.Problems.Warn(place, path, $"no workload ever reaches '{service.Name}'; call it from another service, or leave it out.");
        }
    }
}
