using Mesh.Runtime.Faults;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>Which replicas a fault hits.</summary>
internal static class ReplicaTarget
{
    /// <summary>Whether a replica has the service, version and zone asked for.</summary>
    public static bool Matches(FaultTargetConfig target, VirtualReplica replica) =>
        (target.Service is null || replica.Endpoint.Service == target.Service)
        && (target.Version is null || replica.Endpoint.Version == target.Version)
        && (target.Zone is null || replica.Endpoint.Zone == target.Zone);

    /// <summary>
    /// The replicas hit, in order of their ids. Each has one draw for the fault, and the lowest draws are hit: the same replicas each time that the fault
    /// comes back, and those of a smaller share among those of a larger one.
    /// </summary>
    public static IReadOnlyList<VirtualReplica> Choose(FaultPlanConfig plan, FaultWorld world)
    {
        var all = world.Fleet.Replicas.Where(replica => Matches(plan.Target, replica)).OrderBy(replica => replica.Endpoint.Id).ToList();
        if (plan.Target.Replicas is not { } share) return all;
        ulong key = FaultKey.Of(plan.Name);
        return [.. all.OrderBy(replica => world.Random.Bits(Concern.FaultTarget, key, 0, replica.Endpoint.Id)).ThenBy(replica => replica.Endpoint.Id)
            .Take(share.Of(all.Count)).OrderBy(replica => replica.Endpoint.Id)];
    }
}
