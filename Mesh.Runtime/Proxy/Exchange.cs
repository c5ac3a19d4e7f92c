using System.Threading.Tasks.Sources;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Routing;
using Mesh.Runtime.Telemetry;
using Polly;

namespace Mesh.Runtime.Proxy;

/// <summary>One request's way through an outbound pipeline: its attempts so far, its deadline and, for a response whose body follows, its end. Pooled.</summary>
internal sealed class Exchange : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _end;
    private BackoffWait? _backoff;

    public OutboundPipeline Pipeline { get; private set; } = null!;

    public MeshRequest Request { get; private set; } = null!;

    /// <summary>What was called: events speak of it, whatever a route makes of the path on the way.</summary>
    public RequestClass Class { get; private set; } = null!;

    public ServiceState Service { get; set; } = null!;

    /// <summary>The route that the request took; a newer snapshot does not change it.</summary>
    public RouteModel Route { get; set; } = null!;

    /// <summary>The policy of its route.</summary>
    public RoutePolicy Policy => Route.Policy;

    public CancellationToken Caller { get; private set; }

    /// <summary>When the total time is up, in ticks; <see cref="long.MaxValue"/> without a time-out.</summary>
    public long Deadline { get; set; }

    /// <summary>The number of the attempt under way, from 0; -1 before the first.</summary>
    public int Attempt { get; set; }

    /// <summary>When the first failed attempt ended; 0 when none has.</summary>
    public long FirstFailure { get; private set; }

    /// <summary>Why the last answer was not retried though it should have been: <c>URX</c> when no attempt was left, <c>UO</c> when the retry budget was spent, as Envoy flags it.</summary>
    public ResponseFlags Exhaustion { get; set; }

    /// <summary><c>DI</c> when a fault at the site <c>request</c> made it wait.</summary>
    public ResponseFlags Injected { get; set; }

    /// <summary>What a fault at the site <c>request</c> does to the response's body.</summary>
    public BodyFault? BodyFault { get; set; }

    /// <summary>Places under the bounds of faults that it takes until it is over.</summary>
    public FaultHold? FaultHold { get; set; }

    /// <summary>Whether the total time is up.</summary>
    public bool OutOfTime { get; set; }

    /// <summary>The last answer as the upstream gave it: what the 16 bytes of a result do not hold.</summary>
    public UpstreamReply Reply { get; set; }

    /// <summary>The live response of the last answer, until <see cref="End"/>; <c>null</c> for an answer of the proxy's own, and in the virtual world.</summary>
    public object? Response { get; set; }

    /// <summary>The version or subset that the route's split chose; <c>null</c> for any.</summary>
    public string? Subset { get; set; }

    /// <summary>Endpoints that were tried already.</summary>
    public TriedEndpoints Tried;

    /// <summary>The budget that the retry under way was taken from, until its attempt is over.</summary>
    public IRetryBudget? RetrySlot { get; set; }

    /// <summary>What admitted the request, and hears of its answer; <c>null</c> where nothing had to.</summary>
    public OutboundAdmission? Admission { get; set; }

    /// <summary>The exchange that this one is a hedge of.</summary>
    public Exchange? HedgeOf { get; private set; }

    /// <summary>Whether an attempt may outlast the per-try time-out: a hedge is then started beside it.</summary>
    public bool OutlastsPerTry { get; set; }

    /// <summary>Why an attempt ended when <see cref="Caller"/> gave up: <c>DC</c>, or <c>LR</c> for a hedge that another beat.</summary>
    public ResponseFlags GiveUpFlag => HedgeOf is null ? ResponseFlags.DC : ResponseFlags.LR;

    /// <summary>The last attempt, while its body is under way.</summary>
    public Attempt? Unfinished { get; set; }

    /// <summary>Ticks to wait before the next attempt.</summary>
    public long Backoff { get; set; }

    /// <summary>
    /// Polly's context, the same one with every use of this object: Polly's own pool holds a few only.
    /// It has no token: whether the caller is gone is looked at where an attempt begins, and each attempt ends with its caller.
    /// </summary>
    public ResilienceContext Context { get; } = ResilienceContextPool.Shared.Get(CancellationToken.None);

    /// <summary>Completes with the response's body.</summary>
    public ValueTask<bool> End => new(this, _end.Version);

    public Exchange Begin(OutboundPipeline pipeline, MeshRequest request, CancellationToken caller)
    {
        Pipeline = pipeline;
        Request = request;
        Class = request.Class;
        Caller = caller;
        Service = null!;
        Route = null!;
        Subset = null;
        RetrySlot = null;
        Admission = null;
        HedgeOf = null;
        Deadline = long.MaxValue;
        Attempt = -1;
        FirstFailure = Backoff = 0;
        OutOfTime = OutlastsPerTry = false;
        Exhaustion = Injected = ResponseFlags.None;
        BodyFault = null;
        FaultHold = null;
        Reply = default;
        Response = null;
        Tried = default;
        Unfinished = null;
        _end.Reset();
        return this;
    }

    /// <summary>Begins as one of several attempts that run side by side for <paramref name="main"/>.</summary>
    public Exchange BeginHedge(Exchange main, CancellationToken beaten)
    {
        Begin(main.Pipeline, main.Request, beaten);
        HedgeOf = main;
        Class = main.Class;
        Service = main.Service;
        Route = main.Route;
        Subset = main.Subset;
        Deadline = main.Deadline;
        BodyFault = main.BodyFault;
        Attempt = main.Attempt;
        Tried = main.Tried;
        return this;
    }

    /// <summary>Sets the deadline by the route's time-out and, where the policy says so, the caller's own.</summary>
    public void SetDeadline(long now)
    {
        if (Policy.Timeout > 0) Deadline = now + Policy.Timeout;
        if (Policy.DeadlinePropagation) Deadline = Math.Min(Deadline, Request.Deadline);
    }

    /// <summary>The next attempt goes to an endpoint. The request that it is a hedge of counts it too: one at a time, for no two hedges begin together.</summary>
    public void Tries(int endpoint)
    {
        Attempt++;
        Tried.Add(endpoint);
        if (HedgeOf is not { } main) return;
        main.Attempt = Attempt;
        main.Tried.Add(endpoint);
    }

    /// <summary>An answer of the proxy's own, without a body.</summary>
    public AttemptResult Local(int status, ResponseFlags flags)
    {
        Reply = default;
        Response = null;
        Unfinished = null;
        return new AttemptResult(this, status, flags);
    }

    /// <summary>Waits for <see cref="Backoff"/>, or until the caller gives up.</summary>
    public ValueTask BackOffAsync()
    {
        long ticks = Backoff;
        Backoff = 0;
        return (_backoff ??= new BackoffWait(Pipeline.Plane)).For(ticks, Caller);
    }

    public void NoteFailure(long now)
    {
        if (FirstFailure == 0) FirstFailure = now;
    }

    public void Report(MeshEventKind kind, long now, int outcome, ResponseFlags flags, long duration, long bytes = 0) =>
        Pipeline.Plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = Pipeline.ProxyId,
            Service = Class.ServiceId,
            Class = Class.Id,
            Request = Request.Key,
            Parent = Request.ParentKey,
            ParentAttempt = Request.ParentAttempt,
            Attempt = Attempt,
            Endpoint = -1,
            Outcome = outcome,
            Flags = flags,
            Duration = duration,
            FirstFailure = FirstFailure,
            Bytes = bytes,
        });

    /// <summary>The body of the response handed to the caller is over.</summary>
    public void BodyEnded(bool complete) => _end.SetResult(complete);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        bool complete = _end.GetResult(token);
        Response = null;
        Pipeline.Plane.Exchanges.Return(this);
        return complete;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);
}
