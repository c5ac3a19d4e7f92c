using System.Threading.Tasks.Sources;
using Mesh.Runtime.Connections;
using Mesh.Runtime.Faults;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// One try of a request at one endpoint, from the pick to the end of its body: the lease on the endpoint, the connection and the deadline.
/// Pooled with its one cancellation source and its one timer, which serve the per-try and the total deadline alike.
/// </summary>
public sealed class Attempt : IValueTaskSource<bool>
{
    private const long DefaultConnectTimeout = 5 * TimeSpan.TicksPerSecond;   // Envoy
    private readonly DataPlane _plane;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private CancellationTokenSource _cancellation = new();
    private CancellationTokenRegistration _caller;
    private ManualResetValueTaskSourceCore<bool> _connection;
    private Exchange _exchange = null!;
    private long _due = long.MaxValue;
    private bool _expired;
    private bool _inBody;
    private ConnectionOutcome _outcome;
    private int _status;
    private ResponseFlags _flags;
    private int _grpcStatus;
    private long _retryAfter;
    private long _headersDue;
    private ResponseFlags _injected;
    private BodyFault? _bodyFault;
    private FaultHold? _faultHold;

    internal Attempt(DataPlane plane)
    {
        _plane = plane;
        _timer = plane.Time.CreateTimer(static state => ((Attempt)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Waiter = new LinkedListNode<Attempt>(this);
    }

    /// <summary>The request.</summary>
    public MeshRequest Request => _exchange.Request;

    /// <summary>The endpoint picked for it.</summary>
    public Endpoint Endpoint { get; private set; } = null!;

    /// <summary>Its number, from 0.</summary>
    public int Number { get; private set; }

    /// <summary>The proxy that makes it.</summary>
    public int ProxyId => _exchange.Pipeline.ProxyId;

    /// <summary>When it began, in ticks.</summary>
    public long Started { get; private set; }

    /// <summary>Whether it goes over a new connection, whose set-up the upstream has to pay.</summary>
    public bool OpensConnection { get; private set; }

    /// <summary>When this attempt's caller gives up on its headers, in ticks; <see cref="long.MaxValue"/> without any time-out. The callee is told.</summary>
    public long HeadersDue => _headersDue;

    /// <summary>Longest silence within the body, in ticks; 0 is no limit. An upstream calls <see cref="Progress"/> more often than that.</summary>
    public long IdleTimeout => _exchange.Policy.IdleTimeout;

    /// <summary>What a fault does to the response's body, as the upstream then delivers it; <c>null</c> for nothing.</summary>
    public BodyFault? BodyFault => _bodyFault ?? _exchange.BodyFault;

    /// <summary>Ticks that the upstream may take to open the connection.</summary>
    public long ConnectTimeout => _exchange.Service.Policy.Limits.ConnectTimeout?.Ticks ?? DefaultConnectTimeout;

    /// <summary>
    /// The live response whose head the upstream's reply is: set before the reply, which then is never complete. The pipeline carries it to
    /// <see cref="MeshResponse.Message"/> and only drops the reference; whoever set it disposes it, also when the token fires. The virtual world has none.
    /// </summary>
    public object? Response { get; set; }

    /// <summary>
    /// Why the token was cancelled: <c>UT</c> a time-out, <c>SI</c> the idle time-out, <c>DC</c> the caller gave up, <c>LR</c> a retry or hedge took its place; none while it was not.
    /// To be read before <see cref="Ended"/> is called.
    /// </summary>
    public ResponseFlags CancelledBecause { get; private set; }

    internal LinkedListNode<Attempt> Waiter { get; }

    /// <summary>Who picked <see cref="Endpoint"/>.</summary>
    internal ILoadBalancer Balancer { get; private set; } = null!;

    internal Exchange Exchange => _exchange;

    internal CancellationToken Cancellation => _cancellation.Token;

    internal Attempt Begin(Exchange exchange, Selection picked, long now)
    {
        _exchange = exchange;
        Endpoint = picked.Endpoint;
        Balancer = picked.Balancer;
        Number = exchange.Request.Attempt = exchange.Attempt;
        Started = now;
        OpensConnection = _expired = _inBody = false;
        _outcome = ConnectionOutcome.NeverAdmitted;
        _grpcStatus = 0;
        _retryAfter = 0;
        _injected = ResponseFlags.None;
        _bodyFault = null;
        Response = null;
        CancelledBecause = ResponseFlags.None;
        if (exchange.Caller.CanBeCanceled) _caller = exchange.Caller.UnsafeRegister(static state => ((Attempt)state!).GiveUp(), this);
        Report(MeshEventKind.AttemptStarted, now, 0, ResponseFlags.None, 0);
        return this;
    }

    /// <summary>Admission under the caps, and a connection: an idle one, a new one, or the next to come free (<see cref="ConnectionAsync"/>).</summary>
    internal ConnectionDecision Enter()
    {
        long now = _plane.Now;
        _connection.Reset();   // before it stands in the queue, where another thread may grant it one
        _outcome = ConnectionOutcome.NeverHad;
        var decision = _exchange.Service.Enter(this, now);
        if (decision == ConnectionDecision.Refuse)
        {
            _outcome = ConnectionOutcome.NeverAdmitted;
            return decision;
        }
        _headersDue = DueFrom(now);
        Arm(_headersDue);
        if (decision != ConnectionDecision.Wait) GotConnection(opened: decision == ConnectionDecision.Open, now);
        else if (_exchange.Caller.IsCancellationRequested) GiveUp();   // it went while this one took its place in the queue
        return decision;
    }

    /// <summary>Completes with true once a connection came free, or with false when the attempt was given up first.</summary>
    internal ValueTask<bool> ConnectionAsync() => new(this, _connection.Version);

    /// <summary>A connection came free for an attempt that waited.</summary>
    internal void ConnectionGranted(bool opened)
    {
        GotConnection(opened, _plane.Now);
        _connection.SetResult(true);
    }

    private void GotConnection(bool opened, long now)
    {
        _outcome = ConnectionOutcome.Closed;   // until the exchange on it is complete
        OpensConnection = opened;
        if (opened) Report(MeshEventKind.ConnectionOpened, now, 0, ResponseFlags.None, 0);
    }

    /// <summary>A fault of the site <c>attempt</c> hits it.</summary>
    internal void Inject(in FaultDecision fault)
    {
        _injected = fault.Delay > 0 ? ResponseFlags.DI : ResponseFlags.None;
        _bodyFault = fault.Body;
        _faultHold = fault.Held;
    }

    /// <summary>The first milestone: headers came, or what happened instead.</summary>
    internal AttemptResult AtHeaders(in UpstreamReply reply)
    {
        (_status, _flags) = reply.Status != 0 ? (reply.Status, reply.Flags)
            : _expired ? (504, ResponseFlags.UT)
            : (0, _exchange.GiveUpFlag);
        _flags |= _injected;
        _grpcStatus = reply.GrpcStatus;
        _retryAfter = reply.RetryAfter;
        var result = new AttemptResult(_exchange, _status, _flags);
        _exchange.Reply = reply;
        _exchange.Unfinished = reply.Complete ? null : this;
        _exchange.Response = Response;
        if (reply.Complete)
        {
            Settle(_plane.Now, LeavesConnection);
        }
        else
        {
            _inBody = true;
            Progress();
        }
        return result;
    }

    /// <summary>Some of the body came: the idle time-out begins anew.</summary>
    public void Progress() => Arm(IdleTimeout == 0 ? _exchange.Deadline : Math.Min(_exchange.Deadline, _plane.Now + IdleTimeout));

    /// <summary>
    /// The second milestone: the body arrived, or broke off. Called once by the upstream, only where its reply was not complete.
    /// </summary>
    /// <param name="complete">Whether all of it arrived.</param>
    /// <param name="damaged">Whether a fault damaged what arrived: the mesh does not notice, the application does.</param>
    /// <param name="grpcStatus">The gRPC status of the trailers, which counts for health and telemetry as one of the headers does, though no longer for retries; <c>null</c> where there was none.</param>
    /// <param name="bytes">Bytes of the body that arrived, where the reply could not know them; -1 for those of the reply.</param>
    public void Ended(bool complete, bool damaged = false, int? grpcStatus = null, long bytes = -1)
    {
        if (!complete) _flags |= ResponseFlags.UC;
        _grpcStatus = grpcStatus ?? _grpcStatus;
        Finish(complete, damaged, bytes);
    }

    /// <summary>Whether the connection can carry another request: nothing broke it, and it was opened at all.</summary>
    private bool LeavesConnection =>
        (_flags & ~(ResponseFlags.DI | ResponseFlags.FI)) == 0 && ((_flags & ResponseFlags.FI) == 0 || !OpensConnection);

    /// <summary>The proxy refused the attempt before it was sent.</summary>
    internal AttemptResult Refuse(int status, ResponseFlags flags)
    {
        (_status, _flags) = (status, flags);
        var result = _exchange.Local(status, flags);
        Settle(_plane.Now, false);
        return result;
    }

    /// <summary>A hedge has won, and its body is under way: from now on it is the request's own attempt.</summary>
    internal void MoveTo(Exchange main)
    {
        _caller.Dispose();
        _exchange = main;
        main.Unfinished = this;
        main.Response = Response;
        _caller = main.Caller.CanBeCanceled ? main.Caller.UnsafeRegister(static state => ((Attempt)state!).GiveUp(), this) : default;
    }

    /// <summary>The body is not wanted: the request is tried again.</summary>
    internal void Abandon()
    {
        CancelledBecause = ResponseFlags.LR;
        _cancellation.Cancel();
        Settle(_plane.Now, false);
    }

    internal bool TryReset()
    {
        if (!_cancellation.TryReset()) _cancellation = new CancellationTokenSource();
        return true;
    }

    /// <summary>Ends a response whose headers the caller has already.</summary>
    private void Finish(bool complete, bool damaged = false, long bytes = -1)
    {
        var exchange = _exchange;
        long now = _plane.Now;
        (int status, var flags) = (GrpcStatuses.Effective(_status, _grpcStatus), _flags);
        Settle(now, complete);
        exchange.Pipeline.Completed(exchange, now, complete ? status : 0, flags, !complete ? 0 : bytes >= 0 ? bytes : exchange.Reply.BodyBytes);
        exchange.BodyEnded(complete && !damaged);
    }

    private void Settle(long now, bool complete)
    {
        Arm(long.MaxValue);
        _caller.Dispose();
        _caller = default;
        _faultHold?.Release();
        _faultHold = null;
        if (complete && _outcome == ConnectionOutcome.Closed) _outcome = ConnectionOutcome.Reusable;
        Report(MeshEventKind.AttemptEnded, now, GrpcStatuses.Effective(_status, _grpcStatus), _flags, now - Started);
        int grpc = _grpcStatus > 0 ? _grpcStatus : -1;   // a reply's 0 is also that of plain HTTP, where the HTTP status counts
        _exchange.Service.Settle(this, new AttemptSample(now, now - Started, _status, grpc, _flags, _retryAfter), _outcome);
        _plane.Attempts.Return(this);
    }

    private long DueFrom(long now)
    {
        long perTry = _exchange.Policy.PerTryTimeout;
        return perTry == 0 || _exchange.OutlastsPerTry ? _exchange.Deadline : Math.Min(_exchange.Deadline, now + perTry);
    }

    private void Arm(long due)
    {
        lock (_lock)
        {
            if (due == _due) return;
            _due = due;
            _timer.Change(due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, due - _plane.Now)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// The timer. One that fires for a deadline moved meanwhile does nothing; one that fires early, for the system's timers
    /// cut off fractions of a millisecond, is set again.
    /// </summary>
    private void Expire()
    {
        var why = ResponseFlags.UT;
        lock (_lock)
        {
            long now = _plane.Now;
            if (now < _due)
            {
                if (_due != long.MaxValue) _timer.Change(TimeSpan.FromTicks(_due - now + TimeSpan.TicksPerMillisecond), Timeout.InfiniteTimeSpan);
                return;
            }
            _due = long.MaxValue;
            _expired = true;
            if (now >= _exchange.Deadline) _exchange.OutOfTime = true;
            else if (_inBody) why = ResponseFlags.SI;
        }
        Stop(why);
    }

    private void GiveUp() => Stop(_exchange.GiveUpFlag);

    /// <summary>Ends the attempt early, wherever it stands: in the queue for a connection, before headers, or in the body.</summary>
    private void Stop(ResponseFlags why)
    {
        if (_exchange.Service.StopWaiting(this)) { _connection.SetResult(false); return; }
        bool inBody = _inBody;
        CancelledBecause = why;
        _cancellation.Cancel();
        if (!inBody) return;   // the upstream has answered Cancelled, and this object may be another attempt by now
        _flags |= why;
        Finish(complete: false);
    }

    private void Report(MeshEventKind kind, long now, int outcome, ResponseFlags flags, long duration) =>
        _plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = ProxyId,
            Service = _exchange.Class.ServiceId,
            Class = _exchange.Class.Id,
            Request = Request.Key,
            Attempt = Number,
            Endpoint = Endpoint.Id,
            Outcome = outcome,
            Flags = flags,
            Duration = duration,
        });

    bool IValueTaskSource<bool>.GetResult(short token) => _connection.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _connection.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _connection.OnCompleted(continuation, state, token, flags);
}
