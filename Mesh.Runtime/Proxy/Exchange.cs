using System.Threading.Tasks.Sources;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>One request's way through an outbound pipeline: its attempts so far, its deadline and, for a response whose body follows, its end. Pooled.</summary>
internal sealed class Exchange : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _end;

    public OutboundPipeline Pipeline { get; private set; } = null!;

    public MeshRequest Request { get; private set; } = null!;

    public ServiceState Service { get; set; } = null!;

    public CancellationToken Caller { get; private set; }

    /// <summary>When the total time is up, in ticks; <see cref="long.MaxValue"/> without a time-out.</summary>
    public long Deadline { get; set; }

    /// <summary>The number of the attempt under way, from 0; -1 before the first.</summary>
    public int Attempt { get; set; }

    /// <summary>When the first failed attempt ended; 0 when none has.</summary>
    public long FirstFailure { get; private set; }

    /// <summary>Whether the last answer would have been retried had an attempt been left.</summary>
    public bool RetriesExhausted { get; set; }

    /// <summary>Whether the total time is up.</summary>
    public bool OutOfTime { get; set; }

    /// <summary>Completes with the response's body.</summary>
    public ValueTask<bool> End => new(this, _end.Version);

    public Exchange Begin(OutboundPipeline pipeline, MeshRequest request, CancellationToken caller)
    {
        Pipeline = pipeline;
        Request = request;
        Caller = caller;
        Service = null!;
        Deadline = long.MaxValue;
        Attempt = -1;
        FirstFailure = 0;
        RetriesExhausted = OutOfTime = false;
        _end.Reset();
        return this;
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
            Attempt = Math.Max(Attempt, 0),
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
