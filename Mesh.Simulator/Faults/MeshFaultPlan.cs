using Mesh.Runtime.Model;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Faults;

/// <summary>A fault of the timeline that sidecars inject, as they are told of it in either world.</summary>
public static class MeshFaultPlan
{
    /// <summary>Whether it hits single endpoints instead of all calls to a service.</summary>
    public static bool IsByEndpoint(FaultPlanConfig plan) => plan.Target.Version is not null || plan.Target.Zone is not null || plan.Target.Replicas is not null;

    /// <summary>What sidecars do, and to which requests.</summary>
    /// <param name="plan">The fault.</param>
    /// <param name="effect">Its effect.</param>
    /// <param name="world">The world, whose services have identities.</param>
    public static FaultConfig Config(FaultPlanConfig plan, MeshFaultEffect effect, WorldConfig world)
    {
        var target = plan.Target;
        return new FaultConfig
        {
            Name = plan.Name,
            Site = effect.Site,
            Match = new FaultMatchConfig { Path = target.Path, Route = target.Route, Headers = target.Headers, CallerIdentity = target.Caller is { } caller ? IdentityOf(caller, world) : null },
            Percent = effect.Percent,
            Delay = effect.Delay is { } delay ? Distribution.Create(delay) : null,
            Abort = effect.Abort,
            AbortPercent = effect.AbortPercent,
            Body = effect.Body,
            FirstRequests = effect.FirstRequests,
            MaxActive = effect.MaxActive,
        };
    }

    private static string IdentityOf(string caller, WorldConfig world) =>
        world.Services.FirstOrDefault(service => service.Name == caller)?.Identity ?? World.IngressIdentity;
}
