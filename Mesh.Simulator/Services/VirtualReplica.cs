using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Services;

/// <summary>Drives one replica by events, between its inbound and its outbound pipeline.</summary>
internal sealed class VirtualReplica : IReplicaHost, IApplication
{
    private readonly ReplicaWorld _world;
    private readonly VersionModel _model;

    public VirtualReplica(ReplicaWorld world, VersionModel model, KeyedRandom random, Endpoint endpoint, OutboundPipeline outbound)
    {
        _world = world;
        _model = model;
        Endpoint = endpoint;
        Outbound = outbound;
        Replica = new Replica(model, random, this);
    }

    public Endpoint Endpoint { get; }

    public OutboundPipeline Outbound { get; }

    public Replica Replica { get; }

    public EventLoop Loop => _world.Loop;

    public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        var hosted = _world.Calls.Rent();
        hosted.Begin(this, _model.ClassOf(request.Class), request, cancellation);
        var answer = hosted.Answer;
        Replica.Arrive(hosted.Call, Loop.Now);
        return answer;
    }

    public void Return(HostedCall hosted) => _world.Calls.Return(hosted);

    public void Return(OutgoingCall outgoing) => _world.Outgoing.Return(outgoing);

    void IReplicaHost.StartWork(ServerCall call, long due)
    {
        var timer = (HostedCall)call.Host!;
        if (timer.IsScheduled)
        {
            if (timer.Due == due) return;
            Loop.Cancel(timer);
        }
        Loop.Schedule(timer, due);
    }

    void IReplicaHost.StopWork(ServerCall call) => Loop.Cancel((HostedCall)call.Host!);

    void IReplicaHost.Sleep(ServerCall call, long ticks) => Loop.ScheduleAfter(new SleepTimer(this, call), ticks);

    void IReplicaHost.Send(ServerCall call, CallModel target, ulong key) =>
        _world.Outgoing.Rent().Begin(this, call, target, key, ((HostedCall)call.Host!).Cancellation);

    void IReplicaHost.Reply(ServerCall call, int status, long bytes) => ((HostedCall)call.Host!).Reply(status, bytes);

    private sealed class SleepTimer(VirtualReplica host, ServerCall call) : SimEvent
    {
        protected internal override void Fire() => host.Replica.BranchDone(call, failed: false, host.Loop.Now);
    }
}

/// <summary>What the replicas of one world share.</summary>
internal sealed class ReplicaWorld
{
    public ReplicaWorld(EventLoop loop)
    {
        Loop = loop;
        Calls = new Pool<HostedCall>(() => new HostedCall());
        Outgoing = new Pool<OutgoingCall>(() => new OutgoingCall());
    }

    public EventLoop Loop { get; }

    public Pool<HostedCall> Calls { get; }

    public Pool<OutgoingCall> Outgoing { get; }
}
