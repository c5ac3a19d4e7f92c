using System.Threading.Tasks.Sources;
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

    /// <summary>Whether no attempt is left for an answer that should be retried.</summary>
    public bool RetriesExhausted { get; set; }

    /// <summary><c>URX</c> when the last answer would have been retried had an attempt been left.</summary>
    public ResponseFlags Exhaustion => RetriesExhausted ? ResponseFlags.URX : ResponseFlags.None;

    /// <summary>Whether the total time is up.</summary>
    public bool OutOfTime { get; set; }

    /// <summary>Bytes of the last answer's body.</summary>
    public long BodyBytes { get; set; }

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
        Caller = caller;
        Service = null!;
        Route = null!;
        Deadline = long.MaxValue;
        Attempt = -1;
        FirstFailure = Backoff = 0;
        RetriesExhausted = OutOfTime = false;
        BodyBytes = 0;
        Unfinished = null;
        _end.Reset();
        return this;
    }

    /// <summary>An answer of the proxy's own, without a body.</summary>
    public AttemptResult Local(int status, ResponseFlags flags)
    {
        BodyBytes = 0;
        Unfinished = null;
        return new AttemptResult(this, status, flags);
    }

    /// <summary>Waits for <see cref="Backoff"/>, or until the caller gives up.</summary>
    public ValueTask BackOffAsync()
    {
        var time = TimeSpan.FromTicks(Backoff);
        Backoff = 0;
        return (_backoff ??= new BackoffWait(Pipeline.Plane.Time)).For(time, Caller);
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
            Service = Request.Class.ServiceId,
            Class = Request.Class.Id,
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
        Pipeline.Plane.Exchanges.Return(this);
        return complete;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);
}
