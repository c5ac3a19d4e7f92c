using Mesh.Runtime.Model;

namespace Mesh.Runtime.Telemetry;

/// <summary>The decisions that a mesh reports, in the order in which a request meets them.</summary>
public enum MeshEventKind : byte
{
    /// <summary>A proxy took a request from its application. <see cref="MeshEvent.Class"/> is set.</summary>
    RequestStarted = 1,

    /// <summary>An endpoint was picked for attempt <see cref="MeshEvent.Attempt"/>.</summary>
    AttemptStarted = 2,

    /// <summary>A connection was opened for the attempt.</summary>
    ConnectionOpened = 3,

    /// <summary>The callee's proxy handed the request to its application.</summary>
    InboundStarted = 4,

    /// <summary>The callee's application answered; <see cref="MeshEvent.Duration"/> since <see cref="InboundStarted"/>.</summary>
    InboundEnded = 5,

    /// <summary>An attempt is over, with its body (or refused before it began); <see cref="MeshEvent.Duration"/> since <see cref="AttemptStarted"/>.</summary>
    AttemptEnded = 6,

    /// <summary>The attempt failed and will be repeated after <see cref="MeshEvent.Duration"/>.</summary>
    RetryScheduled = 7,

    /// <summary>
    /// The request is over; <see cref="MeshEvent.Duration"/> since its intended start, <see cref="MeshEvent.Attempt"/> the last attempt's number (-1 where none was made),
    /// <see cref="MeshEvent.FirstFailure"/> set when an earlier attempt had failed.
    /// </summary>
    RequestEnded = 8,

    /// <summary>The breaker for <see cref="MeshEvent.Service"/> changed; <see cref="MeshEvent.Outcome"/> is 0 closed, 1 open, 2 half open.</summary>
    BreakerChanged = 9,

    /// <summary>The proxy swapped its snapshot; <see cref="MeshEvent.Outcome"/> is the new version.</summary>
    SnapshotApplied = 10,

    /// <summary>A retry that the policy wanted was refused by its budget or by <c>maxRetries</c>.</summary>
    RetryRefused = 11,

    /// <summary>A hedge: attempt <see cref="MeshEvent.Attempt"/> starts beside one that is still under way.</summary>
    HedgeStarted = 12,

    /// <summary>A copy of the request was sent to the mirror.</summary>
    Mirrored = 13,

    /// <summary>The proxy stops sending to <see cref="MeshEvent.Endpoint"/> for now; <see cref="MeshEvent.Outcome"/> is an <see cref="EjectionReason"/>, <see cref="MeshEvent.Duration"/> for how long at least.</summary>
    EndpointEjected = 14,

    /// <summary>The proxy sends to <see cref="MeshEvent.Endpoint"/> again, which was kept away for <see cref="MeshEvent.Duration"/>.</summary>
    EndpointReadmitted = 15,

    /// <summary>The service went into panic (<see cref="MeshEvent.Outcome"/> 1) or came out of it (0): health is ignored meanwhile.</summary>
    PanicChanged = 16,

    /// <summary>A fault was injected into the request or attempt; <see cref="MeshEvent.Outcome"/> is a <see cref="FaultKind"/>, <see cref="MeshEvent.Duration"/> the delay.</summary>
    FaultInjected = 17,

    /// <summary>The concurrency limit of the callee's sidecar is <see cref="MeshEvent.Outcome"/> from now on.</summary>
    ConcurrencyLimitChanged = 18,

    /// <summary>An active health check changed its mind about <see cref="MeshEvent.Endpoint"/>; <see cref="MeshEvent.Outcome"/> is 1 healthy, 0 unhealthy, 2 degraded.</summary>
    HealthChanged = 19,

    /// <summary>A fault of the scenario's timeline begins (<see cref="MeshEvent.Outcome"/> 1) or ends (0); <see cref="MeshEvent.Attempt"/> is its number in the file.</summary>
    FaultPhase = 20,

    /// <summary>An AUDIT rule of the callee's sidecar matched the request, which passes or not as other rules say.</summary>
    RequestAudited = 21,
}

/// <summary>Why a proxy stopped sending to an endpoint.</summary>
public enum EjectionReason
{
    /// <summary>Consecutive 5xx answers.</summary>
    Consecutive5xx = 1,
    /// <summary>Consecutive 502, 503 or 504.</summary>
    ConsecutiveGatewayFailure = 2,
    /// <summary>Consecutive failures of this side: no connection, time-out, reset.</summary>
    ConsecutiveLocalOriginFailure = 3,
    /// <summary>A success rate far below that of the others.</summary>
    SuccessRate = 4,
    /// <summary>Too large a share of failures.</summary>
    FailurePercentage = 5,
    /// <summary>Linkerd's failure accrual.</summary>
    FailureAccrual = 6,
    /// <summary>A rate of this side's failures far above that of the others.</summary>
    LocalOriginSuccessRate = 7,
    /// <summary>Too large a share of this side's failures.</summary>
    LocalOriginFailurePercentage = 8,
}

/// <summary>What an injected fault did.</summary>
public enum FaultKind
{
    /// <summary>Waited.</summary>
    Delay = 1,
    /// <summary>Answered in the service's place.</summary>
    Abort = 2,
    /// <summary>Broke the connection before any header.</summary>
    Reset = 3,
    /// <summary>Slowed the response's body down.</summary>
    Bandwidth = 4,
    /// <summary>Cut the body off.</summary>
    Truncate = 5,
    /// <summary>Changed the body.</summary>
    Corrupt = 6,
}

/// <summary>
/// One decision of one proxy. What it leaves unset is -1 for an index and 0 for the rest.
/// A value without allocation: it is passed by reference and must be copied to be kept.
/// </summary>
public readonly struct MeshEvent
{
    /// <summary>When, in ticks of 100 ns since the world began.</summary>
    public required long At { get; init; }

    /// <summary>What was decided.</summary>
    public required MeshEventKind Kind { get; init; }

    /// <summary>The proxy that decided, an index into <see cref="MeshDirectory.Proxies"/>.</summary>
    public required int Proxy { get; init; }

    /// <summary>The called service, an index into <see cref="MeshDirectory.Services"/>, or -1.</summary>
    public int Service { get; init; }

    /// <summary>The request's class, an index into <see cref="MeshDirectory.Classes"/>, or -1.</summary>
    public int Class { get; init; }

    /// <summary>The request's key: the same for the same request in every run of the same seed.</summary>
    public ulong Request { get; init; }

    /// <summary>On a caller's events: the key of the request in whose course this one is made; 0 for one that entered the mesh. Not part of the trace hash: it follows from the keys.</summary>
    public ulong Parent { get; init; }

    /// <summary>Which attempt of <see cref="Parent"/> the request is made for.</summary>
    public int ParentAttempt { get; init; }

    /// <summary>The attempt's number, from 0; -1 where a request has had none yet.</summary>
    public int Attempt { get; init; }

    /// <summary>The endpoint, an index into <see cref="MeshDirectory.Endpoints"/>, or -1.</summary>
    public int Endpoint { get; init; }

    /// <summary>An HTTP status, or what <see cref="Kind"/> says.</summary>
    public int Outcome { get; init; }

    /// <summary>Why.</summary>
    public ResponseFlags Flags { get; init; }

    /// <summary>Ticks of 100 ns; of what, <see cref="Kind"/> says.</summary>
    public long Duration { get; init; }

    /// <summary>On <see cref="MeshEventKind.RequestEnded"/>: when the first failed attempt ended, or 0 when none failed.</summary>
    public long FirstFailure { get; init; }

    /// <summary>Bytes of the body that the event is about.</summary>
    public long Bytes { get; init; }
}

/// <summary>Where a mesh's decisions go: the recorder, the trace, live telemetry. Called on the deciding thread, of which the live world has many, and some of the time under a lock: it must not block, nor call back into the mesh.</summary>
public interface IMeshEvents
{
    /// <summary>Takes one decision.</summary>
    void On(in MeshEvent e);
}
