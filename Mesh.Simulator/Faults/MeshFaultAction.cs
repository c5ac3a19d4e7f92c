using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Faults;

/// <summary>A fault that the sidecars inject. The world only says when, and at which endpoints.</summary>
internal sealed class MeshFaultAction : FaultAction
{
    private readonly FaultConfig _config;
    private readonly int _service;
    private readonly bool _byEndpoint;
    private ActiveFault? _active;
    private FaultCount _earlier;

    public MeshFaultAction(FaultPlanConfig plan, MeshFaultEffect effect, WorldConfig config, FaultWorld world)
        : base(plan, world)
    {
        _service = world.Directory.FindService(plan.Target.Service!);
        _byEndpoint = MeshFaultPlan.IsByEndpoint(plan);
        _config = MeshFaultPlan.Config(plan, effect, config);
    }

    public override FaultCount Count => _active is null ? _earlier : _earlier + _active.Count;

    public override double RequestedDelay => _config.Delay?.Mean ?? 0;

    public override void End()
    {
        World.Table.End(_active!);
        _earlier = Count;
        _active = null;
    }

    public override void Joined(VirtualReplica replica)
    {
        if (_byEndpoint && Takes(replica)) _active!.Include(replica.Endpoint.Id);
    }

    protected override void OnBegin(FaultSpan span) =>
        _active = World.Table.Begin(_config, _service, span, _byEndpoint ? Choose().Select(replica => replica.Endpoint.Id) : null);
}
