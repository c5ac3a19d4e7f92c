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

/// <summary>Where a mesh's decisions go: the recorder, the trace, live telemetry. Called on the deciding thread, and must not block.</summary>
public interface IMeshEvents
{
    /// <summary>Takes one decision.</summary>
    void On(in MeshEvent e);
}
