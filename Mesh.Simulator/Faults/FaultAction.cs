using Mesh.Runtime.Faults;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>One fault of the timeline in the world: it is put in force and out of force again, any number of times.</summary>
internal abstract class FaultAction(FaultPlanConfig plan, FaultWorld world)
{
    /// <summary>How often it began.</summary>
    public int Times { get; private set; }

    /// <summary>Every replica that it hit so far, in order of their ids.</summary>
    public SortedDictionary<int, string> Hit { get; } = [];

    /// <summary>What it was asked to do so far, and what it did.</summary>
    public abstract FaultCount Count { get; }

    /// <summary>Mean of the delay asked for, in seconds.</summary>
    public virtual double RequestedDelay => 0;

    protected FaultPlanConfig Plan => plan;

    protected FaultWorld World => world;

    /// <summary>Puts it in force.</summary>
    public void Begin(FaultSpan span)
    {
        Times++;
        OnBegin(span);
    }

    /// <summary>Takes it out of force.</summary>
    public abstract void End();

    /// <summary>A replica joined while it is in force.</summary>
    public virtual void Joined(VirtualReplica replica)
    {
    }

    protected abstract void OnBegin(FaultSpan span);

    /// <summary>The replicas to hit now.</summary>
    protected IReadOnlyList<VirtualReplica> Choose()
    {
        var chosen = ReplicaTarget.Choose(plan, world.Random, world.Fleet.Replicas.Select(replica => replica.Endpoint)).Select(endpoint => endpoint.Id).ToHashSet();
        List<VirtualReplica> replicas = [.. world.Fleet.Replicas.Where(replica => chosen.Contains(replica.Endpoint.Id)).OrderBy(replica => replica.Endpoint.Id)];
        foreach (var replica in replicas) Hit[replica.Endpoint.Id] = replica.Endpoint.Name;
        return replicas;
    }

    /// <summary>Whether a replica that joins now is hit like the others: only where all of them are.</summary>
    protected bool Takes(VirtualReplica replica)
    {
        if (plan.Target.Replicas is not null || !ReplicaTarget.Matches(plan.Target, replica.Endpoint)) return false;
        Hit[replica.Endpoint.Id] = replica.Endpoint.Name;
        return true;
    }

    public static FaultAction Create(FaultPlanConfig plan, WorldConfig config, FaultWorld world) => plan.Effect switch
    {
        MeshFaultEffect effect => new MeshFaultAction(plan, effect, config, world),
        CrashEffect effect => new CrashAction(plan, effect, world),
        PauseEffect => new PauseAction(plan, world),
        SlowEffect effect => new SlowAction(plan, effect, world),
        OutageEffect => new OutageAction(plan, world),
        PartitionEffect effect => new LinkAction(plan, effect, world),
        LinkEffect effect => new LinkAction(plan, effect, world),
        ControlPlaneEffect effect => new ControlPlaneAction(plan, effect, world),
        CertificateEffect effect => new CertificateAction(plan, effect, world),
        DnsEffect effect => new DnsAction(plan, effect, world),
        _ => throw new ArgumentException($"a fault of type {plan.Effect.GetType().Name} cannot be run", nameof(plan)),
    };
}
