using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>A cap that the normal load reaches refuses requests all the time.</summary>
internal static class LimitsAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var load in advisor.Loads) Concurrency(advisor, load.Service, load.MeanSeconds);
    }

    /// <summary>Little's law: requests under way are rate times time, here the service's own time only, which is the least it can be.</summary>
    private static void Concurrency(Advisor advisor, ServiceConfig service, double seconds)
    {
        if (advisor.World.Mesh.PolicyFor(service.Name).Limits?.MaxRequests is not { } most || advisor.Rates.BusiestTo(service.Name) is not { } busiest) return;
        double underWay = busiest.Rate * seconds;
        if (underWay < most) return;
        advisor.WarnOf(service.Name, policy => policy.Limits, "limits",
            $"'maxRequests: {most}' refuses requests to '{service.Name}' in normal service: the busiest proxy, {busiest}, has {Notation.Rate(busiest.Rate)} x {Notation.Duration(seconds)} = " +
            $"{Notation.Number(underWay)} of them under way on average, waiting apart. A cap holds for each proxy by itself.");
    }
}
