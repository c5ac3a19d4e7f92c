using System.Threading.Tasks.Sources;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// One attempt's way over the virtual network. One event serves all its stages, one after the other. When the caller gives up,
/// its side is over at once; the callee's side goes on until the server has answered. Pooled; returned when both sides are over.
/// </summary>
internal sealed class VirtualExchange : SimEvent, IValueTaskSource<UpstreamReply>
{
    private readonly VirtualNetwork _network;
    private readonly Action _handled;
    private ManualResetValueTaskSourceCore<UpstreamReply> _headers;
    private CancellationTokenRegistration _cancellation;
    private CancellationTokenSource? _abandonment;
    private ValueTask<UpstreamReply> _handling;
    private Attempt? _attempt;
    private UpstreamReply _reply;
    private long _lastByte;
    private BodyFault? _bodyFault;
    private Stage _stage;
    private bool _callerGone;
    private bool _serverDone;

    public VirtualExchange(VirtualNetwork network)
    {
        _network = network;
        _handled = Handled;
    }

    private enum Stage { OnTheWay, InSidecar, AtServer, Answering, Body }

    /// <summary>A copy of the request: the caller may give up and use its own again while this one is still under way.</summary>
    public MeshRequest Request { get; } = new() { Class = null! };

    public NetworkNode Caller { get; private set; } = null!;

    public NetworkNode Callee { get; private set; } = null!;

    public bool OpensConnection { get; private set; }

    /// <summary>Ticks after which the caller gives up a connection that is not made.</summary>
    public long ConnectTimeout { get; private set; }

    /// <summary>When it was sent.</summary>
    public long Sent { get; private set; }

    public ValueTask<UpstreamReply> Begin(Attempt attempt, NetworkNode caller, NetworkNode callee, CancellationToken cancellation)
    {
        _attempt = attempt;
        Caller = caller;
        Callee = callee;
        Copy(attempt);
        OpensConnection = attempt.OpensConnection;
        ConnectTimeout = attempt.ConnectTimeout;
        _callerGone = _serverDone = false;
        _abandonment = callee.CancelsWork ? new CancellationTokenSource() : null;
        _headers.Reset();
        _stage = Stage.OnTheWay;
        var loop = _network.Loop;
        Sent = loop.Now;
        long due = _network.Deliver(this, Sent, out bool connected);
        if (!connected)
        {
            _serverDone = true;
            _reply = UpstreamReply.ConnectFailure;
            _stage = Stage.Answering;
        }
        loop.Schedule(this, due);
        _cancellation = cancellation.UnsafeRegister(static state => ((VirtualExchange)state!).CallerGaveUp(), this);
        return new ValueTask<UpstreamReply>(this, _headers.Version);
    }

    protected internal override void Fire()
    {
        var loop = _network.Loop;
        switch (_stage)
        {
            case Stage.OnTheWay when _network.SidecarsCost:
                _stage = Stage.InSidecar;
                loop.Schedule(this, _network.Accept(this, loop.Now));
                break;
            case Stage.OnTheWay or Stage.InSidecar:
                _stage = Stage.AtServer;
                Handle();
                break;
            case Stage.Answering:
                AtCaller();
                break;
            case Stage.Body when loop.Now < _lastByte:
                _attempt!.Progress();
                ScheduleBody();
                break;
            case Stage.Body:
                var attempt = _attempt!;
                (bool whole, bool damaged) = (_bodyFault?.TruncateAfter is null, _bodyFault?.Corrupt == true);
                Over();
                attempt.Ended(complete: whole, damaged);
                break;
        }
    }

    private void Handle()
    {
        if (Callee.HasLost(this))
        {
            Answer(OpensConnection ? UpstreamReply.ConnectFailure : Services.VirtualReplica.Broken);
            return;
        }
        _handling = Callee.Inbound!.HandleAsync(Request, _abandonment?.Token ?? CancellationToken.None);
        var awaiter = _handling.GetAwaiter();
        if (awaiter.IsCompleted) Handled();
        else awaiter.UnsafeOnCompleted(_handled);
    }

    private void Handled()
    {
        var reply = _handling.GetAwaiter().GetResult();
        _handling = default;
        Answer(Callee.IsUp ? reply.ToCaller() : Services.VirtualReplica.Broken);   // it may have died before its sidecar could answer
    }

    private void Answer(in UpstreamReply reply)
    {
        _serverDone = true;
        if (_callerGone)
        {
            _network.Return(this);
            return;
        }
        var loop = _network.Loop;
        (long first, _lastByte) = _network.Answer(this, reply.BodyBytes, loop.Now);
        _bodyFault = reply.BodyBytes == 0 ? null : Request.BodyFault ?? _attempt!.BodyFault;
        if (_bodyFault is not null) _lastByte = LastByteUnder(_bodyFault, first, reply.BodyBytes);
        _reply = reply with { Complete = _lastByte == first && _bodyFault is null };
        _stage = Stage.Answering;
        loop.Schedule(this, first);
    }

    /// <summary>When the last byte comes that a fault lets through.</summary>
    private long LastByteUnder(BodyFault fault, long first, long bytes)
    {
        long last = fault.BytesPerSecond == 0 ? _lastByte : Math.Max(_lastByte, first + (long)Math.Ceiling(bytes / fault.BytesPerSecond * TimeSpan.TicksPerSecond));
        return fault.TruncateAfter is { } share ? first + (long)((last - first) * share) : last;
    }

    private void AtCaller()
    {
        if (_reply.Complete)
        {
            _cancellation.Dispose();
        }
        else
        {
            _stage = Stage.Body;
            ScheduleBody();
        }
        _headers.SetResult(_reply);
    }

    /// <summary>The end of the body, or, under an idle time-out, some of it: bytes come all the time.</summary>
    private void ScheduleBody()
    {
        long idle = _attempt!.IdleTimeout;
        _network.Loop.Schedule(this, idle == 0 ? _lastByte : Math.Min(_lastByte, _network.Loop.Now + Math.Max(1, idle / 2)));
    }

    private void CallerGaveUp()
    {
        _callerGone = true;
        if (_stage == Stage.Body)
        {
            _network.Loop.Cancel(this);
            var attempt = _attempt!;
            Over();
            attempt.Ended(complete: false);   // which only lets go of it
            return;
        }
        if (_stage == Stage.Answering) _network.Loop.Cancel(this);
        else if (_abandonment is not null) _ = new ResetMessage(_network, this, _abandonment);
        _headers.SetResult(UpstreamReply.Cancelled);
    }

    private void Over()
    {
        _cancellation.Dispose();
        _network.Return(this);
    }

    private void Copy(Attempt attempt)
    {
        var request = attempt.Request;
        Request.Class = request.Class;
        Request.Method = request.Method;
        Request.Authority = request.Authority;
        Request.Port = request.Port;
        Request.Query = request.Query;
        Request.Headers = request.Headers;
        Request.Token = request.Token;
        Request.PeerAddress = Caller.Address;
        Request.RemoteAddress = request.RemoteAddress;
        Request.BodyBytes = request.BodyBytes;
        Request.Key = request.Key;
        Request.Attempt = attempt.Number;
        Request.Deadline = attempt.HeadersDue;
        Request.IsMirrored = request.IsMirrored;
        Request.IntendedStart = request.IntendedStart;
        Request.CallerIdentity = request.CallerIdentity;
        Request.BodyFault = null;
    }

    UpstreamReply IValueTaskSource<UpstreamReply>.GetResult(short token)
    {
        var reply = _headers.GetResult(token);
        // Both sides are over unless the body follows or the server works on for a caller that is gone.
        if (_serverDone && _stage == Stage.Answering) _network.Return(this);
        return reply;
    }

    ValueTaskSourceStatus IValueTaskSource<UpstreamReply>.GetStatus(short token) => _headers.GetStatus(token);

    void IValueTaskSource<UpstreamReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _headers.OnCompleted(continuation, state, token, flags);

    /// <summary>Tells the server, one network latency later, that nobody waits any more.</summary>
    private sealed class ResetMessage : SimEvent
    {
        private readonly CancellationTokenSource _abandonment;

        public ResetMessage(VirtualNetwork network, VirtualExchange exchange, CancellationTokenSource abandonment)
        {
            _abandonment = abandonment;
            network.Loop.Schedule(this, network.Reset(exchange, network.Loop.Now));
        }

        protected internal override void Fire() => _abandonment.Cancel();
    }
}
