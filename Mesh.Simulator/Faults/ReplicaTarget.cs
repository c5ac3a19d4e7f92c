using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Simulator.Faults;

/// <summary>Which replicas a fault hits, in either world.</summary>
public static class ReplicaTarget
{
    /// <summary>Whether a replica has the service, version and zone asked for.</summary>
    public static bool Matches(FaultTargetConfig target, Endpoint replica) =>
        (target.Service is null || replica.Service == target.Service)
        && (target.Version is null || replica.Version == target.Version)
        && (target.Zone is null || replica.Zone == target.Zone);

    /// <summary>
    /// The replicas hit, in order of their ids. Each has one draw for the fault, and the lowest draws are hit: the same replicas each time that the fault
    /// comes back, and those of a smaller share among those of a larger one.
    /// </summary>
    /// <param name="plan">The fault.</param>
    /// <param name="random">The world's draws.</param>
    /// <param name="replicas">The replicas that there are.</param>
    public static IReadOnlyList<Endpoint> Choose(FaultPlanConfig plan, KeyedRandom random, IEnumerable<Endpoint> replicas)
    {
        var all = replicas.Where(replica => Matches(plan.Target, replica)).OrderBy(replica => replica.Id).ToList();
        if (plan.Target.Replicas is not { } share) return all;
        ulong key = FaultKey.Of(plan.Name);
        return [.. all.OrderBy(replica => random.Bits(Concern.FaultTarget, key, 0, replica.Id)).ThenBy(replica => replica.Id)
            .Take(share.Of(all.Count)).OrderBy(replica => replica.Id)];
    }
}
