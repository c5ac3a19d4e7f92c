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
    private readonly AttemptLife _life;
    private CancellationTokenSource _cancellation = new();
    private CancellationTokenRegistration _caller;
    private ManualResetValueTaskSourceCore<bool> _connection;
    private Exchange _exchange = null!;
    private ServiceState _service = null!;
    private ulong _key;
    private ConnectionOutcome _outcome;
    private int _status;
    private ResponseFlags _flags;
    private int _grpcStatus;
    private long _retryAfter;
    private long _headersDue;
    private ResponseFlags _injected;
    private FaultHold? _faultHold;

    internal Attempt(DataPlane plane)
    {
        _plane = plane;
        _life = new AttemptLife(new DeadlineTimer(plane.Time, static state => ((Attempt)state!).Expire(), this));
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
    public long IdleTimeout { get; private set; }

    /// <summary>What a fault does to the response's body, as the upstream then delivers it; <c>null</c> for nothing.</summary>
    public BodyFault? BodyFault { get; private set; }

    /// <summary>Ticks that the upstream may take to open the connection.</summary>
    public long ConnectTimeout => _service.Policy.Limits.ConnectTimeout?.Ticks ?? DefaultConnectTimeout;

    /// <summary>Whether the caller decides by the answer's headers, so that <see cref="UpstreamReply.Headers"/> has to have them.</summary>
    public bool ReadsHeaders => _exchange.Policy.Retries is { } retries && (retries.On & RetryOn.RetriableHeaders) != 0;

    /// <summary>
    /// The live response whose head the upstream's reply is: set before the reply, which then is never complete. The pipeline carries it to
    /// <see cref="MeshResponse.Message"/> and only drops the reference; whoever set it disposes it, also when the token fires. The virtual world has none.
    /// </summary>
    public object? Response { get; set; }

    /// <summary>
    /// Why the token was cancelled: <c>UT</c> a time-out, <c>SI</c> the idle time-out, <c>DC</c> the caller gave up, <c>LR</c> a retry or hedge took its place; none while it was not.
    /// To be read before <see cref="Ended"/> is called.
    /// </summary>
    public ResponseFlags CancelledBecause => _life.CancelledBecause;

    internal LinkedListNode<Attempt> Waiter { get; }

    /// <summary>Who picked <see cref="Endpoint"/>.</summary>
    internal ILoadBalancer Balancer { get; private set; } = null!;

    internal Exchange Exchange => _exchange;

    internal CancellationToken Cancellation => _cancellation.Token;

    internal Attempt Begin(Exchange exchange, Selection picked, long now)
    {
        _exchange = exchange;
        _service = exchange.Service;
        _key = exchange.Request.Key;   // the caller may use the request again while a hedge that lost is still ending
        IdleTimeout = exchange.Policy.IdleTimeout;
        BodyFault = exchange.BodyFault;
        Endpoint = picked.Endpoint;
        Balancer = picked.Balancer;
        Number = exchange.Request.Attempt = exchange.Attempt;
        Started = now;
        OpensConnection = false;
        _outcome = ConnectionOutcome.NeverAdmitted;
        _grpcStatus = 0;
        _retryAfter = 0;
        _injected = ResponseFlags.None;
        _life.Begin(exchange.Caller, exchange.GiveUpFlag, exchange.Deadline, IdleTimeout);
        _caller = ListenTo(exchange.Caller);
        Report(MeshEventKind.AttemptStarted, now, 0, ResponseFlags.None, 0);
        return this;
    }

    private CancellationTokenRegistration ListenTo(CancellationToken caller) =>
        caller.CanBeCanceled ? caller.UnsafeRegister(static state => ((Attempt)state!).GiveUp(), this) : default;

    /// <summary>Admission under the caps, and a connection: an idle one, a new one, or the next to come free (<see cref="ConnectionAsync"/>).</summary>
    internal ConnectionDecision Enter()
    {
        long now = _plane.Now;
        _connection.Reset();   // before it stands in the queue, where another thread may grant it one
        _outcome = ConnectionOutcome.NeverHad;
        var decision = _service.Enter(this, now);
        if (decision == ConnectionDecision.Refuse)
        {
            _outcome = ConnectionOutcome.NeverAdmitted;
            return decision;
        }
        _headersDue = DueFrom(now);
        _life.AwaitHeaders(_headersDue, now);
        if (decision != ConnectionDecision.Wait) GotConnection(opened: decision == ConnectionDecision.Open, now);
        else if (_life.IsStopped) LeaveQueue();   // it was stopped while it took its place
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

    /// <summary>Takes it out of the queue for a connection; false where it was not in it, or has been granted one.</summary>
    private bool LeaveQueue()
    {
        if (!_service.StopWaiting(this)) return false;
        _connection.SetResult(false);
        return true;
    }

    /// <summary>A fault of the site <c>attempt</c> hits it.</summary>
    internal void Inject(in FaultDecision fault)
    {
        _injected = fault.Delay > 0 ? ResponseFlags.DI : ResponseFlags.None;
        BodyFault = fault.Body ?? BodyFault;
        _faultHold = fault.Held;
    }

    /// <summary>The first milestone: headers came, or what happened instead. Headers that come after a time-out or the caller's end are not looked at any more.</summary>
    internal AttemptResult AtHeaders(in UpstreamReply given)
    {
        long now = _plane.Now;
        if (given.IsUpgrade) _life.OutlastDeadline();
        bool over = _life.AtHeaders(given.Complete, now, out var cancelled);
        var reply = cancelled == ResponseFlags.None ? given : UpstreamReply.Cancelled;
        (_status, _flags) = reply.Status != 0 ? (reply.Status, reply.Flags)
            : cancelled == ResponseFlags.UT ? (504, ResponseFlags.UT)
            : (0, _exchange.GiveUpFlag);
        _flags |= _injected;
        _grpcStatus = reply.GrpcStatus;
        _retryAfter = reply.RetryAfter;
        _exchange.Reply = reply;
        _exchange.OutOfTime |= cancelled == ResponseFlags.UT && now >= _exchange.Deadline;
        _exchange.Unfinished = over ? null : this;
        _exchange.Response = over ? null : Response;
        var result = new AttemptResult(_exchange, _status, _flags);
        if (over) Settle(now, LeavesConnection);
        return result;
    }

    /// <summary>Some of the body came: the idle time-out begins anew.</summary>
    public void Progress() => _life.Progress(_plane.Now);

    /// <summary>
    /// The second milestone: the body arrived, or broke off. Called once by the upstream, only where its reply was not complete; from then on the attempt is no business of its.
    /// </summary>
    /// <param name="complete">Whether all of it arrived.</param>
    /// <param name="damaged">Whether a fault damaged what arrived: the mesh does not notice, the application does.</param>
    /// <param name="grpcStatus">The gRPC status of the trailers, which counts for health and telemetry as one of the headers does, though no longer for retries; <c>null</c> where there was none.</param>
    /// <param name="bytes">Bytes of the body that arrived, where the reply could not know them; -1 for those of the reply.</param>
    public void Ended(bool complete, bool damaged = false, int? grpcStatus = null, long bytes = -1)
    {
        var end = new BodyEnd(complete, damaged, grpcStatus, bytes, complete ? ResponseFlags.None : ResponseFlags.UC);
        if (_life.TryEnd(end, out bool held)) Finish();
        if (held) Release();
    }

    /// <summary>Whether the connection can carry another request: nothing broke it, and it was opened at all.</summary>
    private bool LeavesConnection =>
        (_flags & ~(ResponseFlags.DI | ResponseFlags.FI)) == 0 && ((_flags & ResponseFlags.FI) == 0 || !OpensConnection);

    /// <summary>The proxy refused the attempt before it was sent.</summary>
    internal AttemptResult Refuse(int status, ResponseFlags flags)
    {
        (_status, _flags) = (status, flags);
        var result = _exchange.Local(status, flags);
        _life.Refuse();
        Settle(_plane.Now, false);
        return result;
    }

    /// <summary>A hedge has won, and its body is under way: from now on it is the request's own attempt.</summary>
    internal void MoveTo(Exchange main)
    {
        _caller.Unregister();
        _exchange = main;
        main.Unfinished = this;
        main.Response = Response;
        _life.MoveTo(main.Caller, main.GiveUpFlag);
        _caller = ListenTo(main.Caller);
    }

    /// <summary>The answer stands, and the caller has it: the end of the body, which may be over already, ends the request.</summary>
    internal void HandOver()
    {
        if (_life.HandOver()) Finish();
    }

    /// <summary>The answer does not stand: the request is tried again, or another attempt has won. Its body is not wanted.</summary>
    internal void Abandon()
    {
        if (_life.Abandon()) _cancellation.Cancel();
        Settle(_plane.Now, _life.End.Complete);
    }

    internal bool TryReset()
    {
        Response = null;
        if (!_cancellation.TryReset()) _cancellation = new CancellationTokenSource();
        return true;
    }

    /// <summary>Ends a response whose headers the caller has already.</summary>
    private void Finish()
    {
        var (exchange, end) = (_exchange, _life.End);
        long now = _plane.Now;
        _flags |= end.Flags;
        _grpcStatus = end.GrpcStatus ?? _grpcStatus;
        (int status, var flags) = (GrpcStatuses.Effective(_status, _grpcStatus), _flags);
        Settle(now, end.Complete);
        long bytes = end.Bytes >= 0 ? end.Bytes : exchange.Reply.BodyBytes;
        exchange.Pipeline.Completed(exchange, now, end.Complete ? status : 0, flags, end.Complete ? bytes : 0);
        exchange.BodyEnded(end is { Complete: true, Damaged: false });
    }

    /// <summary>Gives back what it held. Only whoever ended the life calls it.</summary>
    private void Settle(long now, bool complete)
    {
        _caller.Unregister();   // and does not wait for one that runs: it finds the life over
        _caller = default;
        _faultHold?.Release();
        _faultHold = null;
        if (complete && _outcome == ConnectionOutcome.Closed) _outcome = ConnectionOutcome.Reusable;
        Report(MeshEventKind.AttemptEnded, now, GrpcStatuses.Effective(_status, _grpcStatus), _flags, now - Started);
        int grpc = _grpcStatus > 0 ? _grpcStatus : -1;   // a reply's 0 is also that of plain HTTP, where the HTTP status counts
        _service.Settle(this, new AttemptSample(now, now - Started, _status, grpc, _flags, _retryAfter), _outcome);
        Release();
    }

    private void Release()
    {
        if (_life.Release()) _plane.Attempts.Return(this);
    }

    private long DueFrom(long now)
    {
        long perTry = _exchange.Policy.PerTryTimeout;
        return perTry == 0 || _exchange.OutlastsPerTry ? _exchange.Deadline : Math.Min(_exchange.Deadline, now + perTry);
    }

    private void Expire() => Stop(_life.Expire(_plane.Now));

    private void GiveUp() => Stop(_life.GiveUp());

    private void Stop(StopKind kind)
    {
        if (kind == StopKind.None) return;
        if (kind != StopKind.BeforeHeaders || !LeaveQueue()) _cancellation.Cancel();
        if (kind == StopKind.EndsRequest) Finish();
        Release();
    }

    private void Report(MeshEventKind kind, long now, int outcome, ResponseFlags flags, long duration) =>
        _plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = ProxyId,
            Service = _exchange.Class.ServiceId,
            Class = _exchange.Class.Id,
            Request = _key,
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
