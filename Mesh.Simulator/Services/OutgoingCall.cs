namespace Mesh.Simulator.Services;

/// <summary>A call that a replica's script makes through its sidecar. Pooled.</summary>
internal sealed class OutgoingCall : PendingResponse
{
    private VirtualReplica _replica = null!;
    private ServerCall _call = null!;
    private bool _optional;

    public void Begin(VirtualReplica replica, ServerCall call, CallModel target, ulong key, CancellationToken cancellation)
    {
        _replica = replica;
        _call = call;
        _optional = target.Config.Optional;
        Request.Class = target.Target;
        Request.Method = target.Config.Method;
        Request.Headers = target.Config.Headers;
        target.Config.Head.ApplyTo(Request);
        Request.BodyBytes = target.Config.RequestBytes;
        Request.Key = key;
        Request.ParentKey = call.Key;
        Request.ParentAttempt = call.Attempt;
        Request.IntendedStart = replica.Loop.Now;
        Request.Deadline = ((HostedCall)call.Host!).Deadline;
        Send(replica.Loop, replica.Outbound, cancellation);
    }

    protected override void Completed()
    {
        bool failed = !Succeeded && !_optional;
        var (replica, call) = (_replica, _call);
        replica.Return(this);
        replica.BranchDone(call, failed);
    }
}
