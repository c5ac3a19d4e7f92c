using System.Threading.Tasks.Sources;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Services;

/// <summary>A request inside a virtual replica: the timer of its own work, and the answer that its inbound pipeline waits for. Pooled.</summary>
internal sealed class HostedCall : SimEvent, IValueTaskSource<UpstreamReply>
{
    private ManualResetValueTaskSourceCore<UpstreamReply> _answer;
    private CancellationTokenRegistration _registration;
    private CancellationTokenSource? _life;
    private VirtualReplica _replica = null!;

    public HostedCall() => Call = new ServerCall { Host = this };

    public ServerCall Call { get; }

    /// <summary>Its place among the requests inside the replica, where that is kept.</summary>
    public LinkedListNode<HostedCall>? Place { get; set; }

    /// <summary>Cancelled when the client has given up and the service is one that minds, and when the replica crashes.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>When the client gives up, in ticks, as far as it said so; calls made for it carry it on, as applications forward the header.</summary>
    public long Deadline { get; private set; }

    public ValueTask<UpstreamReply> Answer => new(this, _answer.Version);

    public void Begin(VirtualReplica replica, ClassModel what, MeshRequest request, CancellationToken cancellation)
    {
        _replica = replica;
        _life = replica.Interruptions is null ? null : new CancellationTokenSource();
        Cancellation = _life?.Token ?? cancellation;
        Deadline = request.Deadline;
        _answer.Reset();
        Call.Begin(what, request.Key, request.Attempt);
        if (cancellation.CanBeCanceled) _registration = cancellation.UnsafeRegister(static state => ((HostedCall)state!).Abandon(), this);
    }

    public void Reply(int status, long bytes, int grpcStatus)
    {
        _registration.Dispose();
        _registration = default;
        var reply = new UpstreamReply(status, ResponseFlags.None, bytes, Complete: true) { GrpcStatus = grpcStatus };
        var headers = Call.Class.HeadersOf(status, grpcStatus);
        _answer.SetResult(headers.Count == 0 ? reply : reply.WithHeaders(headers));
    }

    /// <summary>The replica crashed: the connection breaks, and with it everything that the request was waiting for.</summary>
    public void Break()
    {
        _registration.Dispose();
        _life!.Cancel();
        _answer.SetResult(VirtualReplica.Broken);
    }

    protected internal override void Fire() => _replica.Replica.WorkDone(Call, _replica.Loop.Now);

    private void Abandon()
    {
        _life?.Cancel();
        _replica.Abandon(this);
    }

    UpstreamReply IValueTaskSource<UpstreamReply>.GetResult(short token)
    {
        var reply = _answer.GetResult(token);
        if (!Call.Lost) _replica.Return(this);
        return reply;
    }

    ValueTaskSourceStatus IValueTaskSource<UpstreamReply>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<UpstreamReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);
}
