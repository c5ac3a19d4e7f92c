using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
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
        if (world.CanStop) Interruptions = new Interruptions(this);
    }

    public Endpoint Endpoint { get; }

    public OutboundPipeline Outbound { get; }

    public Replica Replica { get; }

    /// <summary>Crashes and pauses; <c>null</c> in a world where there are none.</summary>
    public Interruptions? Interruptions { get; }

    /// <summary>Whether the control plane has it in its endpoint lists.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>What a client gets of a replica that crashed with its request.</summary>
    public static UpstreamReply Broken => new(503, ResponseFlags.UC, 0, Complete: true);

    public EventLoop Loop => _world.Loop;

    public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation) => Handle(_model.ClassOf(request.Class), request, cancellation);

    /// <summary>A health check that waits for a worker and takes one, as any request for its path does.</summary>
    public ValueTask<UpstreamReply> CheckAsync(MeshRequest request) => Handle(_model.ClassOf(request.Class.Path), request, CancellationToken.None);

    /// <summary>The headers of a good answer to a path.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HeadersOf(string path) => _model.ClassOf(path).Headers;

    private ValueTask<UpstreamReply> Handle(ClassModel what, MeshRequest request, CancellationToken cancellation)
    {
        if (Interruptions is { IsDown: true }) return new ValueTask<UpstreamReply>(Broken);
        var hosted = _world.Calls.Rent();
        hosted.Begin(this, what, request, cancellation);
        var answer = hosted.Answer;
        Interruptions?.Began(hosted);
        if (Interruptions is { IsPaused: true }) Interruptions.PostponeArrival(hosted);
        else Replica.Arrive(hosted.Call, Loop.Now);
        return answer;
    }

    /// <summary>A call that a request inside made was answered, or a pause of its script is over.</summary>
    public void BranchDone(ServerCall call, bool failed)
    {
        if (call.Lost) return;
        if (Interruptions is { IsPaused: true }) Interruptions.PostponeBranch((HostedCall)call.Host!, failed);
        else Replica.BranchDone(call, failed, Loop.Now);
    }

    /// <summary>The client of a request inside went away.</summary>
    public void Abandon(HostedCall hosted)
    {
        if (Interruptions is { IsPaused: true }) Interruptions.PostponeAbandonment(hosted);
        else Replica.Abandon(hosted.Call, Loop.Now);
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

    void IReplicaHost.Reply(ServerCall call, int status, long bytes, int grpcStatus)
    {
        var hosted = (HostedCall)call.Host!;
        Interruptions?.Ended(hosted);
        hosted.Reply(status, bytes, grpcStatus);
    }

    private sealed class SleepTimer(VirtualReplica host, ServerCall call) : SimEvent
    {
        protected internal override void Fire() => host.BranchDone(call, failed: false);
    }
}

/// <summary>What the replicas of one world share.</summary>
internal sealed class ReplicaWorld
{
    public ReplicaWorld(EventLoop loop, bool canStop)
    {
        Loop = loop;
        CanStop = canStop;
        Calls = new Pool<HostedCall>(() => new HostedCall());
        Outgoing = new Pool<OutgoingCall>(() => new OutgoingCall());
    }

    public EventLoop Loop { get; }

    /// <summary>Whether faults may crash or pause replicas.</summary>
    public bool CanStop { get; }

    public Pool<HostedCall> Calls { get; }

    public Pool<OutgoingCall> Outgoing { get; }
}
